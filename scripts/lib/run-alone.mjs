import { run } from "./run.mjs"

const parentCheckMs = 500

/**
 * Runs a program that drains when it is told to end, as `run` does, and makes sure that it is told exactly once.
 *
 * - Ctrl-C in a terminal reaches everything in the foreground; passed on as well it would arrive twice, and a second
 *   signal means "at once". So the program gets a process group of its own.
 * - A signal to `npm run` ends npm's shell, which tells nobody. So the end of the shell counts as SIGTERM.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export async function runAlone(command, args, options) {
  const watch = process.env.npm_lifecycle_event === undefined ? null : watchShell()
  try {
    return await run(command, args, { detached: process.platform !== "win32", ...options })
  } finally {
    clearInterval(watch)
  }
}

function watchShell() {
  const shell = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    process.kill(process.pid, "SIGTERM")
  }, parentCheckMs)
  return watch
}
