/** Who has a durable count to tell. */
export interface Acknowledging {
  sayDurable(): void
}

/**
 * Durable counts wait for the end of the turn: then each client is told once, whatever is true by then, and one callback
 * serves all clients. A client asks only when it has not asked since it was told.
 */
export class Acknowledgements {
  #waiting: Acknowledging[] = []

  add(client: Acknowledging): void {
    if (this.#waiting.push(client) === 1) setImmediate(this.#tell)
  }

  readonly #tell = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const client of waiting) client.sayDurable()
  }
}
