import { expect, test } from "vitest"
import { Documents } from "../../main/documents.ts"

const trouble = { code: "FILE_DISK_FULL", message: "The disk is full." } as const

test("the troubles of a server that died are taken back, once", () => {
  const documents = new Documents({
    request: () => Promise.reject(new Error("Nobody asks the server here")),
  })
  documents.take({ room: "a", path: "/notes/a.md", trouble })
  documents.take({ room: "b", path: "/notes/b.md", trouble })
  documents.take({ room: "b", path: "/notes/b.md", trouble: null })
  expect(documents.forgetTroubles()).toEqual([{ room: "a", path: "/notes/a.md", trouble: null }])
  expect(documents.forgetTroubles()).toEqual([])
})
