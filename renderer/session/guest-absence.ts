import type { Awareness } from "y-protocols/awareness"
import * as Y from "yjs"
import { type Absence, AbsenceWatch, absenceSettleMs, joinedAbsences } from "../../protocol/absence.ts"
import { Observable } from "../observable.ts"

/** What others wrote while a guest's page was out of the host's reach. On the desktop the own server watches. */
export class GuestAbsence extends Observable<Absence | null> {
  readonly #watch: AbsenceWatch
  #settling: ReturnType<typeof setTimeout> | null = null

  constructor(doc: Y.Doc, text: Y.Text, awareness: Awareness) {
    super(null)
    this.#watch = new AbsenceWatch({
      text: () => text.toString(),
      clocks: () => Y.decodeStateVector(Y.encodeStateVector(doc)),
    })
    // All of these end with the document.
    doc.on("beforeTransaction", ({ local }) => {
      if (!local) this.#watch.returning(Date.now())
    })
    doc.on("afterTransaction", ({ local, changed }) => {
      if (changed.size === 0) return
      if (local) this.#settle()
      else this.#watch.arrived()
    })
    doc.on("destroy", () => this.#clear())
    awareness.on("change", ({ added, updated }: { added: number[]; updated: number[] }) => {
      for (const id of [...added, ...updated]) this.#watch.seen(id, awareness.getStates().get(id))
    })
  }

  readonly dismiss = (): void => this.set(null)

  connectionLost(): void {
    this.#settle()
    this.#watch.left(Date.now())
  }

  /** The host's whole document is here. */
  synced(): void {
    if (this.#watch.returned()) this.#settling = setTimeout(() => this.#settle(), absenceSettleMs)
  }

  #settle(): void {
    if (this.#settling === null) return
    this.#clear()
    const absence = this.#watch.settled(Date.now())
    if (absence === null) return
    const earlier = this.snapshot()
    this.set(earlier === null ? absence : joinedAbsences(earlier, absence))
  }

  #clear(): void {
    if (this.#settling !== null) clearTimeout(this.#settling)
    this.#settling = null
  }
}
