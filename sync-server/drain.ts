import type { Logger } from "pino"

/** What must be closed in any case gets so long even after the deadline; a disk that hangs would hold it for ever. */
const closingMs = 800

/** The steps of a stop, one after the other, each until the deadline at most. What was not finished is named. */
export class Drain {
  readonly #logger: Logger
  readonly #hurry = new AbortController()
  readonly #unfinished: string[] = []
  #deadline: AbortSignal = this.#hurry.signal
  #half: AbortSignal = this.#hurry.signal

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Names of the steps that failed, or for which there was no time. */
  get unfinished(): readonly string[] {
    return this.#unfinished
  }

  /** From now on there is so much time. */
  begin(timeoutMs: number): void {
    this.#deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#hurry.signal])
    this.#half = AbortSignal.any([AbortSignal.timeout(timeoutMs / 2), this.#hurry.signal])
  }

  /** Ends the waiting now. */
  hurry(): void {
    this.#hurry.abort()
  }

  /** A step that is begun in any case, and waited for until the deadline. Never throws. */
  step(name: string, work: () => Promise<unknown>): Promise<void> {
    return this.#run(name, work, this.#deadline)
  }

  /** A step that is waited for until half of the time is over: what comes after it needs some in any case. Never throws. */
  early(name: string, work: () => Promise<unknown>): Promise<void> {
    return this.#run(name, work, this.#half)
  }

  /** A step that is waited for though the deadline has passed, but not for ever. Never throws. */
  close(name: string, work: () => Promise<unknown>): Promise<void> {
    return this.#run(name, work, AbortSignal.timeout(closingMs))
  }

  async #run(name: string, work: () => Promise<unknown>, deadline: AbortSignal): Promise<void> {
    try {
      if (!(await finishesBefore(deadline, work()))) this.#unfinished.push(name)
    } catch (err) {
      this.#unfinished.push(name)
      this.#logger.error({ event: "drain-step-failed", step: name, err }, "A step of the stop failed")
    }
  }
}

/** False when the deadline came first. */
async function finishesBefore(deadline: AbortSignal, work: Promise<unknown>): Promise<boolean> {
  const finished = new AbortController()
  const late = new Promise<boolean>((resolve) => {
    if (deadline.aborted)
      setImmediate(() => resolve(false)) // what is done already still counts as done
    else deadline.addEventListener("abort", () => resolve(false), { once: true, signal: finished.signal })
  })
  // Too late to matter; what it could not do is named by its step.
  work.catch(() => undefined)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    finished.abort()
  }
}
