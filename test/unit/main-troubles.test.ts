import { expect, test } from "vitest"
import { Documents } from "../../main/documents.ts"

const trouble = { code: "FILE_DISK_FULL", message: "The disk is full." } as const

test("a file is somewhere else once, for the room that was opened from it", async () => {
  const documents = new Documents({
    request: async () => ({ room: "a", title: "a" }) as never,
  })
  const window = { workspace: { kind: "file", path: "/notes/a.md", title: "a.md" }, opened: () => undefined }
  await documents.open(window as never, "/notes/a.md")
  const at = (path: string, room = "a") => documents.take({ room, path, trouble: null })
  expect(at("/notes/a.md")).toBeNull()
  expect(at("/notes/b.md")).toEqual({ from: "/notes/a.md", to: "/notes/b.md" })
  expect(at("/notes/b.md")).toBeNull()
  expect(at("/notes/c.md", "never opened")).toBeNull()
})

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
