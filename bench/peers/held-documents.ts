/** So many documents held in memory and nothing else, as a server would that never lets one go. */
import { readFileSync } from "node:fs"
import * as Y from "yjs"

const update = readFileSync(process.env["DOCUMENT_FILE"] ?? "")
const documents = Array.from({ length: Number(process.env["DOCUMENTS"]) }, () => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc
})
console.log("running")
// They are not garbage as long as somebody may still ask for them.
setInterval(() => documents.length, 60_000)
