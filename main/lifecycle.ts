/** What has to be finished before the app may end. Each work has a name, so that a hang has one too. */
export interface Joiner {
  readonly name: string
  finish(): Promise<void>
}

export type LifecycleState =
  | { name: "running" }
  | { name: "ending"; finished: Promise<string[]> }
  | { name: "ended"; unfinished: string[] }

/** Runs the named joiners once, whoever asks and however often, and never longer than the deadline. */
export class Lifecycle {
  #state: LifecycleState = { name: "running" }
  readonly #joiners: Joiner[] = []
  readonly #failed: (name: string, error: unknown) => void

  /** @param failed told of a joiner that could not finish its work */
  constructor(failed: (name: string, error: unknown) => void) {
    this.#failed = failed
  }

  get state(): LifecycleState {
    return this.#state
  }

  /** Joiners finish side by side; what must come after another belongs into the same joiner. */
  join(name: string, finish: () => Promise<void>): void {
    if (this.#state.name !== "running") throw new TypeError(`${name} joined after the end had begun`)
    this.#joiners.push({ name, finish })
  }

  /** Resolves with the names of those that had not finished at the deadline, in milliseconds, or had failed. */
  end(deadline: number): Promise<string[]> {
    if (this.#state.name === "ending") return this.#state.finished
    if (this.#state.name === "ended") return Promise.resolve(this.#state.unfinished)
    const finished = this.#finishAll(deadline)
    this.#state = { name: "ending", finished }
    return finished
  }

  async #finishAll(deadline: number): Promise<string[]> {
    const open = new Set(this.#joiners.map((joiner) => joiner.name))
    const all = Promise.all(this.#joiners.map((joiner) => this.#finish(joiner, open)))
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadline)
    })
    await Promise.race([all, tooLate])
    clearTimeout(timer)
    const unfinished = [...open]
    this.#state = { name: "ended", unfinished }
    return unfinished
  }

  async #finish({ name, finish }: Joiner, open: Set<string>): Promise<void> {
    try {
      await finish()
      open.delete(name)
    } catch (error) {
      this.#failed(name, error)
    }
  }
}
