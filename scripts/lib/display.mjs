import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync } from "node:fs"
import { SentenceError } from "./sentence-error.mjs"

const sockets = "/tmp/.X11-unix"

/** Whether programs that we start have a screen to draw on. Only Linux can be without. */
export function hasDisplay() {
  if (process.platform !== "linux") return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/**
 * Runs `task` with the DISPLAY of an X server that exists in memory only, and ends the server afterwards.
 *
 * @param {readonly string[]} prefix words that run the server as the user who will draw on it
 * @param {(display: string) => Promise<number>} task
 */
export async function withVirtualDisplay(prefix, task) {
  const words = [...prefix, "Xvfb", "-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
  const [command, ...args] = words
  // The X server makes this folder of its sockets as root only, and as anybody else complains that it is not there.
  if (process.getuid() === 0 && !existsSync(sockets)) {
    mkdirSync(sockets)
    chmodSync(sockets, 0o1777)
  }
  const server = spawn(command, args, { stdio: ["ignore", "ignore", "inherit", "pipe"] })
  const ended = once(server, "exit").catch((error) => [error.message])
  try {
    const number = await Promise.race([once(server.stdio[3], "data"), ended.then(() => null)])
    if (number === null) throw new SentenceError("Xvfb did not start: what it said above tells why.")
    return await task(`:${String(number[0]).trim()}`)
  } finally {
    server.kill()
    await ended
  }
}
