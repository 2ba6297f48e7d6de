import { Limits } from "../../protocol/limits.ts"
import type { AwarenessEntry } from "../../protocol/message.ts"

/** The name that somebody shows in `user.name`; the last one, where several people share a connection. */
export function shownName(entries: readonly AwarenessEntry[]): string | undefined {
  let shown: string | undefined
  for (const { state } of entries) {
    const user: unknown = state?.["user"]
    if (typeof user !== "object" || user === null || !("name" in user) || typeof user.name !== "string")
      continue
    shown = user.name.trim().slice(0, Limits.personNameLength)
  }
  return shown
}
