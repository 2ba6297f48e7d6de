import { spawnSync } from "node:child_process"
import { chmodSync } from "node:fs"
import { mkdtemp, readFile, rmdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "./checkout.mjs"
import { runOrFail } from "./run.mjs"
import { SentenceError } from "./sentence-error.mjs"

const name = "tester"

/**
 * Whom to start a browser or the desktop app as: whoever runs this, or, for root, the user `tester`, who is made if
 * need be. As root Chromium has no sandbox, and nobody works like that.
 *
 * @returns {Promise<{ uid: number, gid: number, home: string } | null>} null: stay who you are
 */
export async function ordinaryUser() {
  if (process.getuid?.() !== 0) return null
  const known = await find()
  if (known !== null) return known
  await runOrFail("useradd", ["--create-home", "--shell", "/bin/sh", name])
  return find()
}

async function find() {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  const found = lines.find(([user]) => user === name)
  if (found === undefined) return null
  const [, , uid, gid, , home] = found
  return { uid: Number(uid), gid: Number(gid), home }
}

/** @returns {string[]} the words that, put before a command, make root run it as the user */
export function becoming(user) {
  return ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", "--inh-caps=-all"]
}

/** The environment without what is root's own: folders that the user may not write, a bus that is not theirs. */
export function environmentOf(user) {
  const foreign = /^(XDG_.*|DBUS_.*|TMPDIR|SUDO_.*|MAIL)$/
  const kept = Object.entries(process.env).filter(([key]) => !foreign.test(key))
  return { ...Object.fromEntries(kept), HOME: user.home, USER: name, LOGNAME: name }
}

/**
 * Runs `task` with words that, put before a command, run it as the user inside the checkout, which they may read and
 * not write. Where the way to the checkout is closed to others (below /root, say), it is shown to the command, and to
 * it alone, at another place; nobody's permissions are widened for that.
 *
 * @param {{ uid: number, gid: number, home: string }} user
 * @param {(prefix: readonly string[]) => Promise<number>} task
 */
export async function asUserInCheckout(user, task) {
  if (canRead(user, [], checkout)) return task(becoming(user))
  const place = await mkdtemp(join(tmpdir(), "manyhands-checkout-"))
  chmodSync(place, 0o755)
  try {
    const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"'
    const showing = [
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      script,
      "sh",
      checkout,
      place,
    ]
    if (!canRead(user, showing, place)) throw new SentenceError(unreadable())
    return await task([...showing, ...becoming(user)])
  } finally {
    await rmdir(place)
  }
}

/**
 * Reads the package and runs the pinned Node: the two ends of what the tests need. By their full path, for a folder that
 * was inherited can be used even where the way to it is closed.
 */
function canRead(user, prefix, folder) {
  const probe = 'cd / && cd "$1" && test -r package.json && node_modules/node/bin/node --version'
  const [command, ...args] = [...prefix, ...becoming(user), "sh", "-c", probe, "sh", folder]
  return spawnSync(command, args, { cwd: checkout, stdio: "ignore" }).status === 0
}

function unreadable() {
  return (
    `The tests of the app run as the ordinary user ${name}, who cannot read this checkout (${checkout}). ` +
    "Move it to a folder that everybody may enter, or run `chmod -R o+rX` on it."
  )
}
