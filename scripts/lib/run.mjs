import { spawn } from "node:child_process"
import { constants } from "node:os"
import { checkout } from "./checkout.mjs"
import { SentenceError } from "./sentence-error.mjs"

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"]

/**
 * Runs a command in the foreground and resolves to its exit code, 128 + the signal's number if a signal ended it.
 * Signals that reach this process are passed on, and the command alone decides when it is over.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, stdio: "inherit", ...options })
    const forward = (signal) => child.kill(signal)
    const stopForwarding = () => {
      for (const signal of forwarded) process.off(signal, forward)
    }
    for (const signal of forwarded) process.on(signal, forward)
    child.once("error", (error) => {
      stopForwarding()
      reject(new SentenceError(`Could not run ${command}: ${error.message}`))
    })
    child.once("close", (code, signal) => {
      stopForwarding()
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}

/**
 * Like `run`, for a step that must succeed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @throws {SentenceError} if the command ends with anything but 0
 */
export async function runOrFail(command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) throw new SentenceError(`${[command, ...args].join(" ")} failed with exit code ${code}`)
}
