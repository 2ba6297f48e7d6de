/**
 * One side of a network: a server, and the windows of those who sit there, which are the app's own clients. It does what comes on the standard
 * input, a line of JSON a call, and answers each with a line. `SITE_HOST` is the address by which the other side reaches it.
 */
import { createServer, Socket } from "node:net"
import { createInterface } from "node:readline"
import { pino } from "pino"
import { formatInviteLink } from "../../../protocol/invite.ts"
import { parseRoomName } from "../../../protocol/room-name.ts"
import { DocumentSession } from "../../../renderer/session/document-session.ts"
import { readConfig } from "../../../sync-server/config.ts"
import { SyncServer } from "../../../sync-server/sync-server.ts"
import { type SiteAnswer, type SiteCall, siteCall } from "./site-calls.ts"

const config = readConfig(process.env)
const logger = pino({ level: "silent" })
const server = new SyncServer({ config, webFolder: "", logger, hostKind: "computer" })
const port = await server.start()
const outside = process.env["SITE_HOST"] ?? "127.0.0.1"
const sharePort = await server.share(outside, 0)
const windows = new Map<number, DocumentSession>()
let delayMs = 0
const relayPort = await relay()

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await act(siteCall.parse(JSON.parse(line)))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
await server.drain()
process.exit()

async function act(call: SiteCall): Promise<SiteAnswer> {
  switch (call.do) {
    case "invite":
      return { isDone: true, link: await invite(call.room) }
    case "join":
      await server.replicas.join(call.link)
      return { isDone: true }
    case "retry":
      server.replicas.retryNow()
      return { isDone: true }
    case "slow":
      delayMs = call.ms
      return { isDone: true }
    case "open":
      windows.set(call.person, await open(call.person, call.room))
      return { isDone: true }
    case "close":
      windows.get(call.person)?.destroy()
      windows.delete(call.person)
      return { isDone: true }
    case "write":
      return { isDone: write(windowOf(call.person), call.word, call.at) }
    case "erase":
      return { isDone: erase(windowOf(call.person), call.word) }
    case "look":
      return { isDone: true, view: look(windowOf(call.person)) }
  }
}

function windowOf(person: number): DocumentSession {
  const session = windows.get(person)
  if (session === undefined) throw new Error(`Person ${person} has no window here`)
  return session
}

async function invite(room: string): Promise<string> {
  if (server.shares === null) throw new Error("This server asks for no tokens")
  const { token } = await server.shares.start({
    room: parseRoomName(room),
    role: "editor",
    title: "Tides",
    by: "Mira",
    expiresIn: null,
  })
  return formatInviteLink({ origin: `http://${outside}:${relayPort}`, room: parseRoomName(room), token })
}

async function open(person: number, room: string): Promise<DocumentSession> {
  if (server.tokens === null) throw new Error("This server asks for no tokens")
  const { token } = await server.tokens.sign({ role: "owner" }, null)
  const session = new DocumentSession({
    url: `ws://127.0.0.1:${port}`,
    token,
    room,
    person: { id: `person-${person}`, name: `Person ${person}`, peer: person + 1 },
    kind: "desktop",
  })
  await new Promise<void>((resolve) => {
    const end = session.subscribe(() => {
      if (!session.snapshot().loaded) return
      end()
      resolve()
    })
  })
  return session
}

/** Between words, never within one: a word is counted as it was written. */
function write({ doc, text, editOrigin }: DocumentSession, word: string, at: number): boolean {
  const gaps = [0, ...[...text.toString().matchAll(/>/g)].map((match) => match.index + 1)]
  doc.transact(() => text.insert(gaps[at % gaps.length] ?? 0, word), editOrigin)
  return true
}

/** False: it has not come here. */
function erase({ doc, text, editOrigin }: DocumentSession, word: string): boolean {
  const at = text.toString().indexOf(word)
  if (at >= 0) doc.transact(() => text.delete(at, word.length), editOrigin)
  return at >= 0
}

function look(session: DocumentSession) {
  const { settled, host, people } = session.snapshot()
  return {
    text: session.text.toString(),
    settled,
    host: host?.state ?? null,
    waiting: host?.waiting ?? 0,
    people: people.map(({ id }) => id).sort(),
  }
}

/** The kernel's own delay is not on every machine: what comes for the server by this port waits here, each way. */
async function relay(): Promise<number> {
  const listener = createServer({ noDelay: true }, (near) => {
    const far = new Socket().setNoDelay(true).connect(sharePort, outside)
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      from.on("data", (data) => setTimeout(() => to.write(data), delayMs))
      from.on("error", () => to.destroy())
      from.on("close", () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => listener.listen(0, outside, resolve))
  const address = listener.address()
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port")
  return address.port
}
