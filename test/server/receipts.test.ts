import { expect, test } from "vitest"
import type { RoomUpdate } from "../../sync-server/store/store.ts"
import { TestClient } from "./support/client.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "kept"
const emptyUpdate = Uint8Array.of(0, 0)

/** A store that remembers by whom updates are said to be. */
class SigningStore extends FaultyStore {
  readonly authors: (readonly string[])[] = []

  override async append(batch: readonly RoomUpdate[]): Promise<void> {
    this.authors.push(...batch.map(({ authors }) => authors))
    await super.append(batch)
  }
}

async function whenCount(client: TestClient, count: number): Promise<void> {
  await waitFor(
    () => client.durable === count,
    () => `${count} messages are durable, it is ${client.durable}`,
  )
}

test("a message that holds nothing is acknowledged though the disk hangs, but never before one that waits", async () => {
  const store = new FaultyStore()
  const server = await startServer({ store })
  const token = await server.token("editor", room)
  const client = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  await client.whenDurable()
  store.disk = "hangs"
  const before = client.sent
  client.send({ type: "sync-step-2", update: emptyUpdate })
  await whenCount(client, before + 1)
  client.text.insert(0, "waits")
  client.send({ type: "sync-step-2", update: emptyUpdate })
  const other = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  await other.whenText("waits")
  // Its own empty message is not behind anybody else's.
  await other.whenDurable()
  expect(client.durable).toBe(before + 1)
  store.disk = "well"
  await whenCount(client, before + 3)
})

test("a hundred updates at once are acknowledged in few messages", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const client = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  for (let index = 0; index < 100; index += 1) client.text.insert(0, "x")
  await client.whenDurable()
  expect(client.heard.filter(({ type }) => type === "durable").length).toBeLessThan(50)
})

test("an update is signed with the name that its writer shows, before that with the name on the invite", async () => {
  const store = new SigningStore()
  const server = await startServer({ store })
  const tokens = server.server.tokens
  if (tokens === null) throw new Error("This server asks for no tokens")
  const { token } = await tokens.sign({ role: "editor", name: "A. Lovelace" }, null)
  const client = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  client.text.insert(0, "first ")
  await client.whenDurable()
  client.sendAwareness([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  client.text.insert(0, "second ")
  await client.whenDurable()
  expect(store.authors).toEqual([["A. Lovelace"], ["Ada"]])
})
