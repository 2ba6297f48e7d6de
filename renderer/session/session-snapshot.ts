import type { HostReport } from "../../protocol/message.ts"
import type { PresenceUser } from "../../protocol/presence.ts"

/**
 * `connecting`: the first attempt; `connected`: the socket is open; `away`: it was lost or not found and is tried again;
 * `refused`: a final close (44xx), not tried again by itself.
 */
export type Connection = "connecting" | "connected" | "away" | "refused"

/** Where a person's caret stands. */
export interface CaretPlace {
  /** UTF-16 units from the start of the text. */
  position: number
  /** From 1. */
  line: number
}

/** Somebody who is in the document, with however many windows. */
export interface Person {
  /** The same for all windows of one person. */
  id: string
  name: string
  /** 1 to 12: the place in the palette. */
  peer: number
  user: PresenceUser
  self: boolean
  clientIds: readonly number[]
  /** Of the window that moved last; null when none shows a caret, or when no editor has resolved it yet. */
  caret: CaretPlace | null
  /** Nothing was written or moved for 5 minutes. Never true of oneself. */
  quiet: boolean
}

/** What the interface shows of a session. Immutable; a new object whenever something changes. Times: ms since 1970. */
export interface SessionSnapshot {
  connection: Connection
  /** The code of the last close by the server; null before one, and after a good connection. */
  closeCode: number | null
  /** This connection has received the server's whole document. */
  synced: boolean
  /** The document has been received at least once: from here on it may be edited. */
  loaded: boolean
  /** Everything of ours is known to be on the server's disk, confirmed on this connection. */
  settled: boolean
  /** Own sync messages that are not known to be durable, the answer to the server's first question included. */
  unsaved: number
  /** The same as edits that a person would recognise; 0 when none of one's own words is in danger. */
  changes: number
  /** Since when something waits for the server's answer; null when settled. */
  waitingSince: number | null
  host: HostReport | null
  /** When the host's state last left "everything saved" (or was first heard of); null while it has everything. */
  hostSince: number | null
  /** When `connection` last changed. */
  since: number
  /** Oneself first, then in the order of arrival. */
  people: readonly Person[]
  title: string
  readOnly: boolean
}
