import { expect, test } from "vitest"
import * as Y from "yjs"
import { CloseCode } from "../../protocol/close-code.ts"
import { scansAtOnce } from "../../sync-server/sync/scan-budget.ts"
import { TestClient } from "./support/client.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

/** So many structs, none of which is one with its neighbour. */
const letters = 20_000
const highestClientId = 2 ** 32 - 1

test("a client whose letters are each looked for among all others is sent away for a while, and the rest is as it was", async () => {
  const server = await startServer()
  const writer = await join(server)
  writer.doc.transact(() => {
    for (let index = 0; index < letters; index += 1) writer.text.insert(0, "a")
  })
  await writer.whenDurable()

  const places = 2 * Math.ceil(scansAtOnce / letters)
  const attacker = await join(server)
  attacker.sendUpdate(strangersUpdate(places))
  writer.text.insert(0, "and here I go on. ")
  await waitFor(
    () => attacker.closeCode !== null,
    () => "the attacker is sent away",
  )
  expect(attacker.closeCode).toBe(CloseCode.Overloaded)
  writer.text.insert(0, "still here, ")
  await writer.whenDurable()
  const told = writer.text.toString()
  expect(told).toContain("still here, and here I go on. ")
  const taken = told.split("b").length - 1
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(places)

  await server.stop()
  const again = await startServer({ dataDir: server.dataDir })
  const reader = await join(again)
  expect(reader.text.toString()).toBe(told)
})

/** Somebody who saw nothing of the document puts letter after letter at its beginning. */
function strangersUpdate(places: number): Uint8Array {
  const doc = new Y.Doc()
  // Its letters are put behind those of lower ids: each is looked for among all of them. In front there is nothing to look for.
  doc.clientID = highestClientId
  doc.transact(() => {
    for (let index = 0; index < places; index += 1) doc.getText("codemirror").insert(0, "b")
  })
  return Y.encodeStateAsUpdate(doc)
}

async function join(server: TestServer): Promise<TestClient> {
  const token = await server.token("editor", "costly")
  return await new TestClient(server.wsUrl, { room: "costly", token, durable: 1 }).whenSynced()
}
