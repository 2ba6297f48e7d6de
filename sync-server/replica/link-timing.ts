import { absenceSettleMs, shortestAbsenceMs } from "../../protocol/absence.ts"

/** Times in milliseconds, and the bound of the send buffer in bytes. */
export interface LinkTiming {
  /** The first wait before a new try is at most this; it doubles up to `retryCapMs`. */
  retryBaseMs: number
  retryCapMs: number
  /** A connection that was in step for this long was a good one: the next cut begins with short waits again. */
  stableMs: number
  /** A person who was away from the host for less is not told what changed meanwhile. */
  absenceMs: number
  /** What others bring so soon after the host is back was written meanwhile. */
  absenceSettleMs: number
  pingMs: number
  /** A host from which not a byte came for this long is gone. */
  silentMs: number
  handshakeMs: number
  /** How long the last frames of a link that is closed may take. */
  goodbyeMs: number
  /** With more than this in the socket nothing is added: when it has drained, one difference follows. */
  sendBufferBytes: number
}

export const defaultTiming: LinkTiming = {
  retryBaseMs: 250,
  retryCapMs: 30_000,
  stableMs: 10_000,
  absenceMs: shortestAbsenceMs,
  absenceSettleMs,
  pingMs: 15_000,
  silentMs: 45_000,
  handshakeMs: 10_000,
  goodbyeMs: 1_000,
  sendBufferBytes: 4 * 1024 * 1024,
}
