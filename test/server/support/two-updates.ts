import * as Y from "yjs"

/** Two edits that give "one two", the second of which needs the first. */
export function twoUpdates(): [Uint8Array, Uint8Array] {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  doc.getText("codemirror").insert(0, "one")
  doc.getText("codemirror").insert(3, " two")
  const [one, two] = updates
  if (one === undefined || two === undefined) throw new Error("Two edits are two updates")
  return [one, two]
}
