import type { ErrorReport } from "../../protocol/errors.ts"
import type { Bridge, Outcome, ShareState } from "../../protocol/ipc.ts"
import { Observable } from "../observable.ts"

export type Sharing =
  | { kind: "unknown" }
  | { kind: "private"; trouble: ErrorReport | null }
  /** A link is being made or ended. */
  | { kind: "changing" }
  | { kind: "shared"; share: ShareState; trouble: ErrorReport | null }

const unknown: Sharing = { kind: "unknown" }

/** Which rooms of this window are shared, and by which link. */
export class ShareStore extends Observable<ReadonlyMap<string, Sharing>> {
  readonly #bridge: Bridge

  constructor(bridge: Bridge) {
    super(new Map())
    this.#bridge = bridge
  }

  of(room: string): Sharing {
    return this.snapshot().get(room) ?? unknown
  }

  /** Asks main how the room stands. */
  async refresh(room: string): Promise<void> {
    const outcome = await this.#bridge.call("share-state", room)
    if (this.of(room).kind === "changing") return // a newer answer is under way
    this.#settle(room, outcome)
  }

  async start(room: string): Promise<void> {
    this.#put(room, { kind: "changing" })
    this.#settle(room, await this.#bridge.call("share-document", room))
  }

  async stop(room: string): Promise<void> {
    const before = this.of(room)
    this.#put(room, { kind: "changing" })
    const outcome = await this.#bridge.call("stop-sharing", room)
    if (outcome.ok) this.#put(room, { kind: "private", trouble: null })
    else if (before.kind === "shared") this.#put(room, { ...before, trouble: outcome.error })
    else this.#put(room, { kind: "private", trouble: outcome.error })
  }

  #settle(room: string, outcome: Outcome<ShareState | null>): void {
    if (!outcome.ok) this.#put(room, { kind: "private", trouble: outcome.error })
    else if (outcome.value === null) this.#put(room, { kind: "private", trouble: null })
    else this.#put(room, { kind: "shared", share: outcome.value, trouble: null })
  }

  #put(room: string, sharing: Sharing): void {
    this.set(new Map(this.snapshot()).set(room, sharing))
  }
}
