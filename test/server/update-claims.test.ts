import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { RoomDocument } from "../../sync-server/sync/document.ts"

/** 31 million structs, in a few bytes. */
const millions = [0xff, 0xff, 0xff, 0x0e]
const boasts = {
  "of the first client": Uint8Array.of(1, ...millions, 7, 0),
  "of the second client": Uint8Array.of(2, 1, 7, 0, 0, 1, ...millions, 8, 0),
}

test.each(Object.entries(boasts))(
  "an update that says it has millions of structs %s takes no memory",
  (_, update) => {
    const document = new RoomDocument(null, () => undefined)
    // What the test before has left would hide what this one takes.
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    const { errors } = document.apply([update, honestUpdate()])
    expect(errors.map((error) => error?.code ?? null)).toEqual(["FRAME_TRUNCATED", null])
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6)
    expect(document.doc.getText("codemirror").toString()).toBe("words")
    document.destroy()
  },
)

function collectGarbage(): void {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}

function honestUpdate(): Uint8Array {
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, "words")
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}
