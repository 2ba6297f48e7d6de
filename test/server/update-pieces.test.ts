import { createEncoder, toUint8Array, writeVarUint } from "lib0/encoding"
import { describe, expect, test } from "vitest"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { Limits } from "../../protocol/limits.ts"
import { type Message, writeMessage } from "../../protocol/message.ts"
import { checkPieces } from "../../sync-server/sync/update-pieces.ts"
import { errorOf } from "../fixtures/error-of.ts"
import { TestClient } from "./support/client.ts"
import { startServer } from "./support/server.ts"

const half = Limits.updatePieces / 2
const whole: Message = { type: "update", update: update({ structs: half, ranges: half - 1 }) }

describe("what one frame brings", () => {
  test("may be as many structs, deleted ranges and clients with deletions as the limit, in one update", () => {
    expect(() => checkPieces([whole])).not.toThrow()
  })

  test.each([
    ["structs", update({ structs: half + 1, ranges: half - 1 })],
    ["deleted ranges", update({ structs: half, ranges: half })],
  ])("is refused with more %s than that", (_, more) => {
    expect(errorOf(() => checkPieces([{ type: "update", update: more }]))).toMatchObject({
      code: "FRAME_LIMIT",
    })
  })

  test("is counted over all its messages", () => {
    const one: Message = { type: "sync-step-2", update: update({ structs: 1, ranges: 0 }) }
    expect(errorOf(() => checkPieces([whole, one]))).toMatchObject({ code: "FRAME_LIMIT" })
  })

  test("may be of as many clients as the limit, and one more is too many", () => {
    const of = (count: number): Message => ({ type: "update", update: clients(count) })
    expect(() => checkPieces([of(Limits.updateClients)])).not.toThrow()
    expect(errorOf(() => checkPieces([of(Limits.updateClients + 1)]))).toMatchObject({ code: "FRAME_LIMIT" })
  })

  test("is no update where it ends before its last piece", () => {
    const cut = whole.update.subarray(0, -1)
    expect(errorOf(() => checkPieces([{ type: "update", update: cut }]))).toMatchObject({
      code: "FRAME_TRUNCATED",
    })
  })

  test("may be a long text at once", () => {
    const doc = new Y.Doc()
    doc.getText("codemirror").insert(0, "words ".repeat(Limits.fileBytes / 6))
    expect(() => checkPieces([{ type: "update", update: Y.encodeStateAsUpdate(doc) }])).not.toThrow()
    doc.destroy()
  })
})

test.each(["viewer", "editor"] as const)(
  "whoever comes as %s with a frame that brings too much is sent away for good, and nobody else notices",
  async (role) => {
    const server = await startServer()
    const token = await server.token("editor", "notes")
    const good = await new TestClient(server.wsUrl, { room: "notes", token, durable: 1 }).whenSynced()
    const bad = await new TestClient(server.wsUrl, {
      room: "notes",
      token: await server.token(role, "notes"),
    }).whenSynced()
    bad.sendRaw(writeMessage({ type: "update", update: update({ structs: half + 1, ranges: half }) }))
    good.text.insert(0, "words")
    expect(await bad.whenClosed()).toBe(CloseCode.Malformed)
    await good.whenDurable()
    const reader = new TestClient(server.wsUrl, { room: "notes", token })
    await reader.whenText("words")
  },
)

/** Of the shortest: structs of what was collected as garbage, and ranges of one clock. */
function update({ structs, ranges }: { structs: number; ranges: number }): Uint8Array {
  const encoder = createEncoder()
  for (const number of [1, structs, 7, 0]) writeVarUint(encoder, number)
  for (let index = 0; index < structs; index += 1) {
    writeVarUint(encoder, 0)
    writeVarUint(encoder, 1)
  }
  writeVarUint(encoder, ranges === 0 ? 0 : 1)
  if (ranges > 0) for (const number of [7, ranges]) writeVarUint(encoder, number)
  for (let index = 0; index < ranges; index += 1) {
    writeVarUint(encoder, 2 * index)
    writeVarUint(encoder, 1)
  }
  return toUint8Array(encoder)
}

function clients(count: number): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, count)
  for (let client = count; client > 0; client -= 1)
    for (const number of [1, client, 0, 0, 1]) writeVarUint(encoder, number)
  writeVarUint(encoder, 0)
  return toUint8Array(encoder)
}
