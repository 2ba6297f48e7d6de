import * as Y from "yjs"

/**
 * Updates that one transaction takes at most. Yjs joins what was typed in a row, and gives up what was deleted, when the
 * transaction ends; until then every change moves all the pieces behind it: 20,000 edits in one transaction take six times
 * as long as in a hundred.
 */
export const batchUpdates = 200

/**
 * Brings what a store has of a room into an empty document. `onUnreadable` is told of an update of the log that is none: it
 * was checked before it was appended, so this is damage, and the rest of the log still counts.
 * @throws Error when the snapshot is none
 */
export function applyLog(
  doc: Y.Doc,
  log: { snapshot: Uint8Array | null; updates: readonly Uint8Array[] },
  onUnreadable: (cause: unknown) => void,
): void {
  const { snapshot, updates } = log
  // As local changes: what comes from elsewhere makes Yjs tidy formatted text up, and that would be an edit of our own.
  if (snapshot !== null) doc.transact(() => Y.applyUpdate(doc, snapshot))
  for (let start = 0; start < updates.length; start += batchUpdates) {
    doc.transact(() => {
      for (const update of updates.slice(start, start + batchUpdates)) {
        try {
          Y.applyUpdate(doc, update)
        } catch (cause) {
          onUnreadable(cause)
        }
      }
    })
  }
}
