import { execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { chromiumNames } from "./chromium.mjs"
import { findProgram } from "./find-program.mjs"
import { runOrFail } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"

/**
 * What a task needs from the system, each need as the program, shared library or file that shows that it is met, and the
 * Debian packages that bring it: the first that this release of Debian or Ubuntu has is taken.
 */
const needs = {
  desktop: [
    { library: "libgtk-3.so.0", packages: ["libgtk-3-0t64", "libgtk-3-0"] },
    { library: "libnss3.so", packages: ["libnss3"] },
    { library: "libasound.so.2", packages: ["libasound2t64", "libasound2"] },
    { library: "libgbm.so.1", packages: ["libgbm1"] },
    { library: "libXss.so.1", packages: ["libxss1"] },
    { library: "libatk-bridge-2.0.so.0", packages: ["libatk-bridge2.0-0t64", "libatk-bridge2.0-0"] },
    { library: "libnotify.so.4", packages: ["libnotify4"] },
    { library: "libsecret-1.so.0", packages: ["libsecret-1-0"] },
    { program: "xdg-open", packages: ["xdg-utils"] },
  ],
  test: [
    { program: "Xvfb", packages: ["xvfb"] },
    { program: "xauth", packages: ["xauth"] },
    { program: "dbus-run-session", packages: ["dbus"] },
    { program: "setpriv", packages: ["util-linux"] },
    { program: "useradd", packages: ["passwd"] },
    // Chrome, or a Chromium under another name, is as good: see chromium.mjs.
    { program: chromiumNames, packages: ["chromium"] },
  ],
  faults: [
    // The shim between the server and its disk is compiled where it is used.
    { program: "cc", packages: ["gcc"] },
    { file: "/usr/include/stdlib.h", packages: ["libc6-dev"] },
    { program: "mkfs.ext4", packages: ["e2fsprogs"] },
    { program: "losetup", packages: ["mount"] },
    // Two computers on one cable are network namespaces, and the cable loses packets by rules.
    { program: "ip", packages: ["iproute2"] },
    { program: "nft", packages: ["nftables"] },
  ],
  container: [
    { program: "buildah", packages: ["buildah"] },
    { program: "podman", packages: ["podman"] },
    { program: "runc", packages: ["runc"] },
    { program: "mmdebstrap", packages: ["mmdebstrap"] },
  ],
  dist: [
    { program: "7za", packages: ["p7zip-full"] },
    { program: "dpkg-deb", packages: ["dpkg"] },
    { program: "fakeroot", packages: ["fakeroot"] },
  ],
}

/**
 * Makes sure that this Linux has what the groups of needs ask for. Installs the missing packages as root on Debian;
 * elsewhere names what is missing and how to get it. On other systems there is nothing to do.
 *
 * @param {...keyof typeof needs} groups
 * @throws {SentenceError} if something is missing that cannot be installed from here
 */
export async function ensureSystemPackages(...groups) {
  if (process.platform !== "linux") return
  const missing = missingNeeds(groups)
  if (missing.length === 0) return
  if (process.getuid() !== 0 || findProgram("apt-get") === null) throw new SentenceError(advice(missing))
  await install(missing)
  const still = missingNeeds(groups)
  if (still.length > 0)
    throw new SentenceError(`Installed, and still not found: ${still.map(label).join(", ")}`)
}

function missingNeeds(groups) {
  const wanted = groups.flatMap((group) => needs[group])
  const libraries = wanted.some((need) => need.library) ? loadableLibraries() : ""
  return wanted.filter((need) => {
    if (need.library) return !libraries.includes(`\t${need.library} `)
    if (need.file) return !existsSync(need.file)
    return [need.program].flat().every((program) => findProgram(program) === null)
  })
}

function loadableLibraries() {
  const ldconfig = findProgram("ldconfig")
  return ldconfig === null ? "" : execFileSync(ldconfig, ["-p"], { encoding: "utf8" })
}

async function install(missing) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  console.error(`Installing what the system lacks: ${missing.map(label).join(", ")}`)
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] }
  await runOrFail("apt-get", ["update", "-q"], quiet)
  const packages = missing.map((need) => need.packages.find(isInArchive) ?? need.packages[0])
  // dpkg's lock may be held by the machine's own updates: wait for it rather than fail.
  const options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
  await runOrFail("apt-get", ["install", ...options, ...packages], quiet)
}

function isInArchive(name) {
  return spawnSync("apt-cache", ["show", "--no-all-versions", name], { stdio: "ignore" }).status === 0
}

function label(need) {
  return need.library ?? need.file ?? [need.program].flat()[0]
}

function advice(missing) {
  const debian = existsSync("/etc/debian_version")
  const command = debian
    ? `    sudo apt-get install --no-install-recommends ${missing.map((need) => need.packages.at(-1)).join(" ")}`
    : "    your system's package manager; Debian's names for them are: " +
      missing.map((need) => need.packages.at(-1)).join(" ")
  return `This system lacks ${missing.map(label).join(", ")}. Get them with\n${command}\nand run the command again.`
}
