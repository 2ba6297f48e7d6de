import type { CloseCode } from "../../protocol/close-code.ts"

/** What is counted of clients as it happens; the server's metrics listen. */
export interface ClientMeter {
  /** One sync message of kind step 2 or update came. */
  received(): void
  /** A client was let in. */
  joined(): void
  /** A client was sent away at the door. */
  refused(code: CloseCode): void
  /** A client that had nothing was sent a document: so many bytes on the wire. */
  firstState(sent: { bytes: number; isCompressed: boolean }): void
  /** A client reads too slowly, and gets no more updates until it has read what it was sent. */
  leftBehind(): void
}
