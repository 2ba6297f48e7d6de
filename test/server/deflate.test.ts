import type { Socket } from "node:net"
import { constants, deflateRawSync } from "node:zlib"
import { expect, onTestFinished, test } from "vitest"
import WebSocket from "ws"
import { CloseCode } from "../../protocol/close-code.ts"
import { TestClient } from "./support/client.ts"
import { readMetric } from "./support/metrics.ts"
import { startServer, type TestServer } from "./support/server.ts"

const room = "large"
/** Somebody far away: on loopback nothing is compressed. */
const headers = { "x-forwarded-for": "192.0.2.7" }
const words = Array.from({ length: 40_000 }, (_, index) => `${index % 97} words `).join("")

async function largeRoom(): Promise<{ server: TestServer; token: string; writer: TestClient }> {
  const server = await startServer()
  const token = await server.token("editor", room)
  const writer = await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
  writer.text.insert(0, words)
  await writer.whenDurable()
  return { server, token, writer }
}

test("a newcomer from afar is sent a large document compressed, and changes as they are", async () => {
  const { server, token, writer } = await largeRoom()
  const far = await new TestClient(server.wsUrl, { room, token, headers }).whenSynced()
  await far.whenText(words)
  expect(far.extensions).toContain("permessage-deflate")
  expect(far.bytesRead).toBeLessThan(words.length / 4)
  expect(await readMetric(server, "first_states_compressed_total")).toBe(1)
  const before = far.bytesRead
  writer.text.insert(0, "y".repeat(100_000))
  await far.whenText(writer.text.toString())
  expect(far.bytesRead - before).toBeGreaterThan(100_000)
})

test("what it sends compressed is taken, while others write and pings go to and fro", async () => {
  const { server, token, writer } = await largeRoom()
  const far = await new TestClient(server.wsUrl, { room, token, headers, durable: 1 }).whenSynced()
  for (let turn = 0; turn < 20; turn += 1) {
    far.text.insert(0, `${turn}${"z".repeat(50_000)}`)
    far.ping()
    writer.text.insert(0, `${turn}`)
  }
  await far.whenDurable()
  await writer.whenText(far.text.toString())
  expect(far.text.length).toBeGreaterThan(words.length + 1_000_000)
})

test.each([
  ["a client on this machine", room, {}],
  ["a small document", "small", headers],
])("nothing is compressed for %s", async (_name, name, sent) => {
  const { server } = await largeRoom()
  const token = await server.token("editor", name)
  const client = await new TestClient(server.wsUrl, { room: name, token, headers: sent }).whenSynced()
  expect(client.extensions).toBe("")
})

test("a small frame that would grow beyond the limit ends its connection, and no other", async () => {
  const { server, token, writer } = await largeRoom()
  const socket = new WebSocket(`${server.wsUrl}/${room}?token=${token}`, { headers })
  onTestFinished(() => socket.terminate())
  const stream = await new Promise<Socket>((resolve) =>
    socket.once("upgrade", (response) => resolve(response.socket)),
  )
  const closed = new Promise<number>((resolve) => socket.once("close", resolve))
  const zeros = deflateRawSync(Buffer.alloc(64_000_000), { finishFlush: constants.Z_SYNC_FLUSH })
  expect(zeros.length).toBeLessThan(70_000)
  stream.write(maskedCompressed(zeros.subarray(0, zeros.length - 4)))
  expect(await closed).toBe(CloseCode.TooBig)
  writer.text.insert(0, "on ")
  await writer.whenDurable()
})

/** A client's frame of compressed binary data. */
function maskedCompressed(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(14)
  header[0] = 0xc2
  header[1] = 0x80 | 127
  header.writeBigUInt64BE(BigInt(payload.length), 2)
  // Masked with zeros: allowed, and the payload stays what it is.
  return Buffer.concat([header, payload])
}
