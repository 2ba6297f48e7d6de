/** What wants the process to stop: a signal, or the app whose server it is. */
export class StopRequest {
  #isAsked = false
  #stop: () => void
  #hurry: () => void = () => undefined

  /** `stop`: what a stop means for as long as nothing is open. */
  constructor(stop: () => void) {
    this.#stop = stop
  }

  get isAsked(): boolean {
    return this.#isAsked
  }

  /** From now on the first request calls `stop`, and every further one `hurry`. */
  heed(actions: { stop: () => void; hurry: () => void }): void {
    this.#stop = actions.stop
    this.#hurry = actions.hurry
  }

  ask(): void {
    const isFirst = !this.#isAsked
    this.#isAsked = true
    if (isFirst) this.#stop()
    else this.#hurry()
  }
}
