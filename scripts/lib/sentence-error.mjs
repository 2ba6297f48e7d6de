/** A failure that the person at the keyboard can act on: the message is all that is shown, without a stack. */
export class SentenceError extends Error {
  name = "SentenceError"
}

/**
 * Runs a script and makes its result the exit code of the process: the number that `main` resolves to, 0 if it
 * resolves to nothing, 1 if it throws.
 *
 * @param {() => Promise<number | undefined>} main
 */
export async function exitWith(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    console.error(error instanceof SentenceError ? error.message : error)
    process.exitCode = 1
  }
}
