/** How long a pause in writing ends an edit that a person would recognise as one, in milliseconds. */
const editPause = 2000

/** Frames of one edit that were sent within this time share an entry, so that a long wait costs little memory. */
const entrySpan = 100

interface Entry {
  /** The places of its frames on this connection; null: not sent on it, so it waits for the answer to step 1. */
  sent: { first: number; last: number } | null
  /** How many sync messages it stands for. */
  messages: number
  /** The recognisable edit that it belongs to; null for an answer to step 1. */
  edit: number | null
  /** When its first message was made, milliseconds since 1970. */
  since: number
}

/**
 * Knows which of our own changes are not on the server's disk yet. It is told of each edit, of each counted frame that a
 * connection sends, and of the durable counts that come back. A count speaks of its own connection only; so whatever
 * was not acknowledged on an earlier one counts as unsaved until the new connection's answer to step 1, which carries
 * it all, is durable.
 */
export class DeliveryLedger {
  #entries: Entry[] = []
  #sent = 0
  #durable = 0
  #answer: number | null = null
  /** The place of an update frame that was just sent and whose edit has not been told yet. */
  #justSent: number | null = null
  #edit = 0
  #lastEditAt = Number.NEGATIVE_INFINITY

  /** A new connection begins: its count starts at zero. */
  connecting(): void {
    this.#sent = 0
    this.#durable = 0
    this.#answer = null
    this.#justSent = null
    this.#entries = this.#entries
      .filter((entry) => entry.edit !== null)
      .map((entry) => ({ ...entry, sent: null }))
  }

  /** An update frame left on this connection; `edited` for the same change follows. */
  sentUpdate(): void {
    this.#sent += 1
    this.#justSent = this.#sent
  }

  /** An answer to the server's step 1 left: it carries every change that was made before it. */
  sentAnswer(now: number): void {
    this.#sent += 1
    this.#answer ??= this.#sent
    const place = { first: this.#sent, last: this.#sent }
    for (const entry of this.#entries) entry.sent ??= place
    this.#entries.push({ sent: place, messages: 1, edit: null, since: now })
  }

  /** One of our own changes was made, whether or not it could be sent. */
  edited(now: number): void {
    if (now - this.#lastEditAt > editPause) this.#edit += 1
    this.#lastEditAt = now
    const place = this.#justSent
    this.#justSent = null
    const last = this.#entries.at(-1)
    if (last !== undefined && last.edit === this.#edit && joins(last, place, now)) {
      last.messages += 1
      if (place !== null && last.sent !== null) last.sent = { first: last.sent.first, last: place }
      return
    }
    const sent = place === null ? null : { first: place, last: place }
    this.#entries.push({ sent, messages: 1, edit: this.#edit, since: now })
  }

  /** The server has the first `count` counted frames of this connection on disk. */
  durable(count: number): void {
    if (count <= this.#durable) return
    this.#durable = Math.min(count, this.#sent)
    this.#entries = this.#entries.filter((entry) => entry.sent === null || entry.sent.last > this.#durable)
    for (const entry of this.#entries) trim(entry, this.#durable)
  }

  /** This connection's answer to the server's step 1 is on disk, and with it all that was made before. */
  get answerDurable(): boolean {
    return this.#answer !== null && this.#durable >= this.#answer
  }

  /** Own sync messages that are not known to be on disk. */
  get messages(): number {
    return this.#entries.reduce((sum, entry) => sum + entry.messages, 0)
  }

  /** The same as edits that a person would recognise: a pause of 2 s ends one. */
  get edits(): number {
    return new Set(this.#entries.flatMap((entry) => (entry.edit === null ? [] : [entry.edit]))).size
  }

  /** When the oldest message that is not known to be on disk was made; null when there is none. */
  get oldest(): number | null {
    return this.#entries[0]?.since ?? null
  }

  /** The same of one's own changes alone. */
  get oldestEdit(): number | null {
    return this.#entries.find((entry) => entry.edit !== null)?.since ?? null
  }
}

/** Whether a change that was sent at `place` (null: not sent) can share the entry. */
function joins(entry: Entry, place: number | null, now: number): boolean {
  if (entry.sent === null || place === null) return entry.sent === null && place === null
  return entry.sent.last === place - 1 && now - entry.since < entrySpan
}

function trim(entry: Entry, durable: number): void {
  if (entry.sent === null || entry.sent.first > durable) return
  // Entries of several places hold one message each; only those of one place may hold more, and are never cut.
  entry.messages = entry.sent.last - durable
  entry.sent = { first: durable + 1, last: entry.sent.last }
}
