/** Who has a durable count to tell. */
export interface Acknowledging {
  tell(): void
}

/** Durable counts wait for the end of the turn: then each client is told once, and one callback serves them all. */
export class Acknowledgements {
  #waiting: Acknowledging[] = []

  /** Calls `tell` once for each call. */
  add(client: Acknowledging): void {
    if (this.#waiting.push(client) === 1) setImmediate(this.#tell)
  }

  readonly #tell = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const client of waiting) client.tell()
  }
}
