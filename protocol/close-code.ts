/**
 * WebSocket close codes. 4400 to 4499 are final: a y-websocket client (3.1 and later) stops there.
 * After everything else it comes back. So a denial is always 44xx, and nothing that passes ever is.
 */
export const CloseCode = {
  Normal: 1000,
  TooBig: 1009,
  Draining: 1012,
  Overloaded: 1013,
  /** The frames make no sense to this server; the same client would send them again. */
  Malformed: 4400,
  Unauthorized: 4401,
  Forbidden: 4403,
  NoSuchRoom: 4404,
} as const
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

/** Whether a client must not come back after this code. */
export function isFinal(code: number): boolean {
  return code >= 4400 && code <= 4499
}
