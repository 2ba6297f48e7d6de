import type { AppendQueue } from "../store/append-queue.ts"
import type { Store } from "../store/store.ts"

/** An update that waits longer than this for the disk says that the store hangs. */
const stalledMs = 5_000
/** A write this young proves that the store takes writes; only when there was none, and somebody asks, one is made. */
const proofMs = 30_000
/** After a proof that failed the next one comes no sooner. */
const retryMs = 1_000
/** The first proof is waited for: before it nobody knows whether this server can be trusted with anything. */
const firstProofMs = 2_000
const proofKey = "probe"

/** One thing that is not ready, and why. */
export interface NotReady {
  what: "store" | "drain"
  why: string
}

/** Whether people may be sent here: nobody stops the server, and its last write is on disk. */
export class Readiness {
  readonly #store: Pick<Store, "putRecord">
  readonly #appends: Pick<AppendQueue, "trouble" | "waitingSince">
  readonly #now: () => number
  #durable: number | null = null
  #proof: { since: number; written: Promise<void> } | null = null
  #failure: { why: string; at: number } | null = null
  #draining = false

  constructor(options: {
    store: Pick<Store, "putRecord">
    appends: Pick<AppendQueue, "trouble" | "waitingSince">
    /** The clock of `AppendQueue.waitingSince`, milliseconds. */
    now?: () => number
  }) {
    this.#store = options.store
    this.#appends = options.appends
    this.#now = options.now ?? (() => performance.now())
  }

  /** Something was brought to disk just now. */
  noteDurable(): void {
    this.#durable = this.#now()
    this.#failure = null
  }

  drain(): void {
    this.#draining = true
  }

  /** Nothing: people may be sent here. It costs microseconds, and a write only where nothing was written for long. */
  async notReady(): Promise<NotReady[]> {
    if (this.#draining) return [{ what: "drain", why: "The server is stopping" }]
    this.#prove()
    if (this.#durable === null && this.#proof !== null) await this.#firstProof(this.#proof.written)
    const why = this.#storeTrouble()
    return why === null ? [] : [{ what: "store", why }]
  }

  #storeTrouble(): string | null {
    if (this.#appends.trouble !== null) return this.#appends.trouble.message
    const since = this.#appends.waitingSince
    const waits = since === null ? 0 : this.#now() - since
    if (waits > stalledMs) return `Updates have been waiting for the disk for ${seconds(waits)} s`
    if (this.#failure !== null) return this.#failure.why
    const hangs = this.#proof === null ? 0 : this.#now() - this.#proof.since
    if (hangs > stalledMs || (this.#durable === null && this.#proof !== null))
      return `The store has not answered for ${seconds(hangs)} s`
    return null
  }

  /** Makes a write where the last one proves nothing any more. */
  #prove(): void {
    if (this.#proof !== null || this.#appends.trouble !== null) return
    const now = this.#now()
    const isDue =
      this.#failure === null
        ? this.#durable === null || now - this.#durable >= proofMs
        : now - this.#failure.at >= retryMs
    if (!isDue) return
    const written = this.#write().finally(() => {
      this.#proof = null
    })
    this.#proof = { since: now, written }
  }

  async #write(): Promise<void> {
    try {
      await this.#store.putRecord(proofKey, String(Date.now()))
      this.noteDurable()
    } catch (error) {
      this.#failure = { why: error instanceof Error ? error.message : String(error), at: this.#now() }
    }
  }

  async #firstProof(written: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, firstProofMs)
    })
    await Promise.race([written, late])
    clearTimeout(timer)
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(0)
}
