import type { AppError } from "../../protocol/errors.ts"

/** Who made a change. Origin is identity: an echo is cut by comparing sources. */
export interface Source {
  /** Whether it is the link to the host that this room is a replica of. */
  readonly isUpstream: boolean
  /** Whose changes these are, as people know them: a name for the history, "" where there is none. */
  readonly author: string
  /**
   * The next message that this source gave to `Room.receive` is part of the document. The room's log holds it up to
   * `sequence`; it may be on disk already, when it was known before.
   */
  applied?(sequence: number): void
  /** The next message that this source gave to `Room.receive` changed nothing, and why. */
  rejected?(error: AppError): void
  /** Somebody else claims a client id of this source: show that you are alive, or end. */
  challenge?(): void
}
