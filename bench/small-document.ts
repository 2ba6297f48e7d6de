import * as Y from "yjs"

/** What a few hundred corrections make of a short text: words that were put in here and there, a struct each. */
export function smallDocument(bytes: number): Uint8Array {
  const doc = new Y.Doc()
  const text = doc.getText("codemirror")
  let place = 0
  for (let number = 0; Y.encodeStateAsUpdate(doc).length < bytes; number += 1) {
    // A stride that has no common factor with most lengths visits the whole text.
    place = (place + 7919) % (text.length + 1)
    text.insert(place, `word${number} `)
  }
  return Y.encodeStateAsUpdate(doc)
}
