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

/** Stands for the folder of the window, in the place of a room; no room is called so. */
export const wholeFolder = ""

/** Which rooms of this window are shared, and whether its whole folder is, and by which link. */
export class ShareStore extends Observable<ReadonlyMap<string, Sharing>> {
  readonly #bridge: Bridge

  constructor(bridge: Bridge) {
    super(new Map())
    this.#bridge = bridge
  }

  of(room: string): Sharing {
    return this.snapshot().get(room) ?? unknown
  }

  /** Whether others may come to the document: by a link of its own, or by that of the folder. */
  isShared(room: string): boolean {
    return [room, wholeFolder].some((key) => this.of(key).kind === "shared")
  }

  /** The server at which the document goes on, by itself or with the folder. Null: this computer. */
  serverOf(room: string): string | null {
    for (const key of [room, wholeFolder]) {
      const sharing = this.of(key)
      if (sharing.kind === "shared" && sharing.share.server !== null) return sharing.share.server
    }
    return null
  }

  /** Asks main how the room stands. */
  async refresh(room: string): Promise<void> {
    const outcome =
      room === wholeFolder
        ? await this.#bridge.call("folder-share-state")
        : await this.#bridge.call("share-state", room)
    if (this.of(room).kind === "changing") return // a newer answer is under way
    this.#settle(room, outcome)
  }

  async start(room: string): Promise<void> {
    this.#put(room, { kind: "changing" })
    const outcome =
      room === wholeFolder
        ? await this.#bridge.call("share-folder")
        : await this.#bridge.call("share-document", room)
    this.#settle(room, outcome)
  }

  /** Whether people nearby see it. What is not shared yet is shared first. */
  async setNearby(room: string, on: boolean): Promise<void> {
    if (this.of(room).kind !== "shared") await this.start(room)
    const sharing = this.of(room)
    if (sharing.kind !== "shared") return
    const outcome = await this.#bridge.call("set-nearby", sharing.share.room, on)
    if (outcome.ok) this.#put(room, { kind: "shared", share: outcome.value, trouble: null })
    else this.#put(room, { ...sharing, trouble: outcome.error })
  }

  /** Has it go on at the server of an owner's link. Null: it does; else why not, and it goes on from here. */
  async continueOn(room: string, link: string): Promise<ErrorReport | null> {
    const sharing = this.of(room)
    if (sharing.kind !== "shared") return null
    return this.#move(room, await this.#bridge.call("continue-on-server", sharing.share.room, link))
  }

  /** Brings it back to this computer. Null: it is here; else why not, and it goes on from there. */
  async bringBack(room: string): Promise<ErrorReport | null> {
    const sharing = this.of(room)
    if (sharing.kind !== "shared") return null
    return this.#move(room, await this.#bridge.call("bring-back", sharing.share.room))
  }

  #move(room: string, outcome: Outcome<ShareState>): ErrorReport | null {
    if (!outcome.ok) return outcome.error
    this.#put(room, { kind: "shared", share: outcome.value, trouble: null })
    return null
  }

  async stop(room: string): Promise<void> {
    const before = this.of(room)
    this.#put(room, { kind: "changing" })
    const outcome =
      room === wholeFolder
        ? await this.#bridge.call("stop-sharing-folder")
        : await this.#bridge.call("stop-sharing", room)
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
