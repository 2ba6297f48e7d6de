import type { Logger } from "pino"
import { type Absence, joinedAbsences } from "../../protocol/absence.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import type { ReplicaRecords } from "./replica-records.ts"

/** What changed in joined documents while their host was out of reach, kept until a person has seen it. */
export class Absences {
  readonly #records: ReplicaRecords
  readonly #logger: Logger
  readonly #onNews: (room: RoomName) => void
  /** One after the other: each looks at what is kept before it changes it. */
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: {
    records: ReplicaRecords
    logger: Logger
    /** There is something that nobody has read. */
    onNews: (room: RoomName) => void
  }) {
    this.#records = options.records
    this.#logger = options.logger
    this.#onNews = options.onNews
  }

  /** Both sides are together again. */
  async note(room: RoomName, absence: Absence): Promise<void> {
    try {
      await this.#inTurn(async () => {
        const kept = await this.#records.absence(room)
        const isNews = kept === null || kept.isRead
        const joined = isNews ? absence : joinedAbsences(kept.absence, absence)
        await this.#records.putAbsence(room, { absence: joined, isRead: false })
      })
      this.#onNews(room)
    } catch (err) {
      // The words themselves are in the document.
      this.#logger.warn({ event: "absence-not-kept", room, err }, "What changed meanwhile cannot be shown")
    }
  }

  /** What a window is to show; null when there is nothing. The next absence takes its place from now on. */
  read(room: RoomName): Promise<Absence | null> {
    return this.#inTurn(async () => {
      const kept = await this.#records.absence(room)
      if (kept === null) return null
      if (!kept.isRead) await this.#records.putAbsence(room, { ...kept, isRead: true })
      return kept.absence
    })
  }

  /** A person has seen it, up to that moment. */
  async dismiss(room: RoomName, until: number): Promise<void> {
    await this.#inTurn(async () => {
      const kept = await this.#records.absence(room)
      if (kept !== null && kept.absence.until <= until) await this.#records.putAbsence(room, null)
    })
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(action)
    this.#tail = result.catch(() => undefined) // whoever asked is told
    return result
  }
}
