import { execFileSync } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cacheFolder } from "./cache-folder.mjs"
import { checkout } from "./checkout.mjs"
import { baseImageName, ensureBaseImage } from "./container-base-image.mjs"
import { run, runOrFail } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"
import { ensureSystemPackages } from "./system-packages.mjs"

const image = "localhost/manyhands:test"

/**
 * Builds the unmodified Dockerfile with buildah and lends podman to run it, in a storage folder of its own, so that
 * nothing of it is left on the machine but the cache.
 *
 * There need be no registry of images: a stand-in made of Debian's packages and the pinned Node takes the place of the
 * base image, under its name. So this proves the Dockerfile, not the real base image; CI's Docker proves that.
 */
export class ContainerSandbox {
  /** What `podman` and `buildah` need in their environment to see this sandbox. */
  env

  #folder

  constructor(folder, env) {
    this.#folder = folder
    this.env = env
  }

  static async open() {
    if (process.platform !== "linux" || process.getuid() !== 0) {
      throw new SentenceError(
        "This needs a Docker engine that answers, or root on Debian, where buildah and podman do it without one.",
      )
    }
    await ensureSystemPackages("container")
    // /var/tmp is on a disk even where /tmp is in memory; an image is larger than what fits there.
    const folder = await mkdtemp("/var/tmp/manyhands-container-")
    const scratch = join(cacheFolder(), "container-build")
    await mkdir(scratch, { recursive: true })
    await writeFile(join(folder, "storage.conf"), storageConf(folder))
    await writeFile(join(folder, "containers.conf"), containersConf(folder))
    return new ContainerSandbox(folder, {
      CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
      CONTAINERS_CONF: join(folder, "containers.conf"),
      // Cache mounts live here: the second build finds its npm packages.
      TMPDIR: scratch,
    })
  }

  /** @returns {Promise<string>} the image's name */
  async build() {
    const base = await ensureBaseImage()
    const changes = ["ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 'CMD ["node"]']
    const asked = changes.flatMap((change) => ["--change", change])
    await this.#run("podman", ["import", "--quiet", ...asked, base, baseImageName])
    // Without --format docker a HEALTHCHECK is dropped without a word.
    const options = ["--format", "docker", "--isolation", "chroot", "--pull-never", "--tag", image]
    await this.#run("buildah", ["bud", ...options, ...(await this.#npmSettings()), checkout])
    return image
  }

  /** @param {string} file */
  async save(file) {
    await this.#run("podman", ["save", "--quiet", "--format", "docker-archive", "--output", file, image])
  }

  async close() {
    const quiet = { env: { ...process.env, ...this.env }, stdio: "ignore" }
    await run("podman", ["rm", "--all", "--force", "--time", "0", "--volumes"], quiet)
    await run("buildah", ["rm", "--all"], quiet)
    for (const mount of await this.#mounts()) execFileSync("umount", ["--lazy", mount])
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #run(command, args) {
    await runOrFail(command, args, { env: { ...process.env, ...this.env } })
  }

  /** Where npm has a registry or a certificate authority of its own, `npm ci` in the build needs them: lent, not kept. */
  async #npmSettings() {
    const setting = (name) => execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim()
    const lines = [`registry=${setting("registry")}`]
    const volumes = []
    const configured = setting("cafile")
    const authority = ["null", ""].includes(configured) ? process.env.NODE_EXTRA_CA_CERTS : configured
    if (authority) {
      lines.push("cafile=/run/npm-authority.crt")
      volumes.push("--volume", `${authority}:/run/npm-authority.crt:ro`)
    }
    const npmrc = join(this.#folder, "npmrc")
    await writeFile(npmrc, `${lines.join("\n")}\n`)
    return [...volumes, "--volume", `${npmrc}:/usr/local/etc/npmrc:ro`]
  }

  /** @returns {Promise<string[]>} what is mounted below the sandbox, the deepest first */
  async #mounts() {
    const table = await readFile("/proc/self/mountinfo", "utf8")
    const points = table.split("\n").map((line) => line.split(" ")[4] ?? "")
    return points.filter((point) => point.startsWith(`${this.#folder}/`)).reverse()
  }
}

function storageConf(folder) {
  return `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "${folder}/run"
`
}

// runc, cgroupfs and files: no systemd is needed, and limits that the host may have set lower are not raised.
const containersConf = (folder) => `[containers]
default_ulimits = ["nofile=4096:16384", "nproc=4096:8192"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${folder}/libpod"
`
