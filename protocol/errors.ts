/**
 * The codes of every expected failure, with what each means. A code is never reused for something else.
 * `docs/errors.md` lists them for people; a test compares the two.
 */
export const ErrorCode = {
  FRAME_TRUNCATED: "A frame ends before the value that it announces",
  FRAME_NUMBER_TOO_LARGE: "A number in a frame is larger than 2^53 - 1",
  FRAME_TEXT_INVALID: "A text in a frame is not valid UTF-8 or not valid JSON",
  FRAME_TYPE_UNKNOWN: "A frame has a message type that this version does not know",
  FRAME_LIMIT: "A frame is larger than its limit",
  MERGE_LATER: "A change was made without knowledge of so much that only a part of it is taken at once",
  MERGE_LIMIT: "A change was made without knowledge of more of a document than can be merged",
  ROOM_NAME_INVALID: "A room name is empty, longer than 512 bytes, reserved or not decodable",
  INVITE_LINK_INVALID: "A text is not an invite link",
  TOKEN_INVALID: "A token is missing, malformed, wrongly signed or expired",
  TOKEN_REVOKED: "A token was valid, and whoever gave it has ended it",
  NOT_ALLOWED: "The role does not allow this",
  CONFIG_INVALID: "A configuration variable has a wrong value",
  STORE_OPEN: "The store could not be opened",
  STORE_WRITE: "The store could not make an update durable",
  STORE_FULL: "The store could not make an update durable because the disk is full",
  STORE_DAMAGED: "What the store has of a document cannot be read",
  STORE_COMPACT: "A document's log could not be replaced by a snapshot",
  HISTORY_DAMAGED: "A part of a document's history is unreadable",
  FILE_NOT_FOUND: "The file does not exist",
  FILE_NOT_TEXT: "The file is not UTF-8 text",
  FILE_REWRITTEN: "Another program wrote a whole new text while people did",
  FILE_TOO_LARGE: "The file is larger than 20 MB",
  FILE_NOT_READABLE: "The system does not let the app read the file",
  FILE_NOT_WRITABLE: "The system does not let the app write the file",
  FILE_DISK_FULL: "The disk that the file is on is full",
  FILE_FOLDER_GONE: "The folder that the file is in is gone",
  FOLDER_TOO_LARGE: "The folder holds more files than can be shared together",
  FILE_WRITE: "The file could not be written for another reason",
  REPLICA_REFUSED: "The host refuses this document: the link has ended, or access was removed",
  HANDOVER_REFUSED: "The server at which a document is to go on does not take it",
  PARCEL_DAMAGED: "What a server sent of a document is not whole",
  KNOCK_LIMIT: "Too many people ask to come in at the same time",
  HOST_UNREACHABLE: "The host of a link does not answer",
  SERVER_UNAVAILABLE: "The embedded server is not running; it is being started again",
  REQUEST_INVALID: "A request over a process boundary has the wrong form",
  LISTEN_FAILED: "The address to listen on is taken or not allowed",
} as const
export type ErrorCode = keyof typeof ErrorCode

/** An expected failure: a stable code for programs, a sentence for people, the cause for the log. */
export class AppError extends Error {
  override readonly name = "AppError"
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** What crosses a process boundary instead of an AppError. */
export interface ErrorReport {
  code: ErrorCode
  message: string
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ErrorCode, value)
}

/** Marks the place that no value of the union can reach. */
export function unreachable(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`)
}
