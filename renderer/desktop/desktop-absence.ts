import type { Absence } from "../../protocol/absence.ts"
import type { Bridge } from "../../protocol/ipc.ts"
import { Observable } from "../observable.ts"

/** What others wrote in one document while its host was out of reach, until the person has seen it. */
export class DesktopAbsence extends Observable<Absence | null> {
  readonly #bridge: Bridge
  readonly #room: string

  constructor(bridge: Bridge, room: string) {
    super(null)
    this.#bridge = bridge
    this.#room = room
  }

  /** Asks for it now and whenever there is more. Returns what ends that. */
  watch(): () => void {
    void this.#read()
    return this.#bridge.on("absence", ({ room }) => {
      if (room === this.#room) void this.#read()
    })
  }

  readonly dismiss = (): void => {
    const absence = this.snapshot()
    this.set(null)
    if (absence !== null) void this.#bridge.call("dismiss-absence", this.#room, absence.until)
  }

  /** That it cannot be read takes nothing from the document; it is asked for again when the document is next opened. */
  async #read(): Promise<void> {
    const outcome = await this.#bridge.call("read-absence", this.#room)
    if (outcome.ok) this.set(outcome.value)
  }
}
