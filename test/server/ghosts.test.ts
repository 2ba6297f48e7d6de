import { once } from "node:events"
import { describe, expect, onTestFinished, test } from "vitest"
import WebSocket from "ws"
import { writeAwarenessEntries, writeMessage } from "../../protocol/message.ts"
import { parseRoomName } from "../../protocol/room-name.ts"
import { TestClient } from "./support/client.ts"
import { RawClient } from "./support/raw-client.ts"
import { startServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const room = "faces"
const timing = { lookMs: 10, quietMs: 50, silentMs: 500 }

/** Somebody whom the witness sees. */
async function ghost(url: string, witness: TestClient, options: { answersClose?: boolean } = {}) {
  const client = new RawClient(url, options)
  await client.opened
  const update = writeAwarenessEntries([{ clientId: 7, clock: 1, state: { user: { name: "Ada" } } }])
  client.send(writeMessage({ type: "awareness", update }))
  await waitFor(
    () => (witness.awareness.get(7)?.state ?? null) !== null,
    () => "the witness sees Ada",
  )
  return client
}

async function whenGone(witness: TestClient): Promise<void> {
  await waitFor(
    () => witness.awareness.get(7)?.state === null,
    () => "the witness sees Ada leave",
  )
}

describe("somebody is gone for the others", () => {
  test.each(["destroy", "reset"] as const)("when the connection ends without a goodbye: %s", async (how) => {
    const server = await startServer()
    const token = await server.token("editor", room)
    const witness = await new TestClient(server.wsUrl, { room, token }).whenSynced()
    const client = await ghost(`${server.wsUrl}/${room}?token=${token}`, witness)
    client[how]()
    await whenGone(witness)
  })

  test("when nothing has come for long, not even an answer to a ping; who answers stays", async () => {
    const server = await startServer({ timing })
    const token = await server.token("editor", room)
    const witness = await new TestClient(server.wsUrl, { room, token }).whenSynced()
    const client = await ghost(`${server.wsUrl}/${room}?token=${token}`, witness)
    client.pause()
    await whenGone(witness)
    expect(witness.isOpen).toBe(true)
    client.destroy()
  })

  test("when the server closes it, though it does not answer that", async () => {
    const server = await startServer()
    const name = parseRoomName(room)
    const share = await server.server.shares?.start({
      room: name,
      role: "editor",
      title: "Faces",
      by: "Mira",
      expiresIn: 60,
    })
    const owner = await server.token("owner")
    const witness = await new TestClient(server.wsUrl, { room, token: owner }).whenSynced()
    const url = `${server.wsUrl}/${room}?token=${share?.token}`
    const client = await ghost(url, witness, { answersClose: false })
    await server.server.shares?.stop(name)
    await whenGone(witness)
    client.destroy()
  })
})

test("a client that is only listening is told something again and again, for y-websocket counts silence as death", async () => {
  const server = await startServer({ timing })
  const token = await server.token("viewer", room)
  const client = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  const before = client.heard.length
  await waitFor(
    () => client.heard.length >= before + 3,
    () => "it hears something",
  )
  expect(client.heard.slice(before).every(({ type }) => type === "awareness")).toBe(true)
})

test("whoever has answered in time stays, though the server stood still and reads the answer too late", async () => {
  const server = await startServer()
  const token = await server.token("editor", room)
  const asked = new WebSocket(`${server.wsUrl}/${room}?token=${token}`)
  onTestFinished(() => asked.terminate())
  await once(asked, "open")
  const face = (clock: number) => [{ clientId: 7, clock, state: { user: { name: "Ada" } } }]
  asked.send(writeMessage({ type: "awareness", update: writeAwarenessEntries(face(1)) }))
  const other = await new TestClient(server.wsUrl, { room, token }).whenSynced()
  await waitFor(
    () => other.awareness.has(7),
    () => "the other sees Ada",
  )
  // `ws` has answered when it says that it was asked; from then on this process, and the server in it, stand still.
  asked.once("ping", standStill)
  other.sendAwareness(face(9))
  await once(asked, "ping")
  asked.ping()
  await Promise.race([once(asked, "pong"), once(asked, "close")])
  expect(asked.readyState).toBe(WebSocket.OPEN)
})

/** For longer than a socket that was challenged has time to answer. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_100)
}
