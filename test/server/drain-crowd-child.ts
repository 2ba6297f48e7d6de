/**
 * Many clients in one process: `URL TOKEN IDLE WRITING`. Says `{"event":"open"}` on standard output when all are in and every
 * writer has something on disk, and at the end, when all are closed, what became of them.
 */
import * as Y from "yjs"
import { readMessages, writeMessage } from "../../protocol/message.ts"
import { RawClient } from "./support/raw-client.ts"

const rooms = 20
const changeEveryMs = 100
const openAtOnce = 100

const [url = "", token = "", idle = "0", writing = "0"] = process.argv.slice(2)

interface Outcome {
  room: string
  name: string
  sent: number
  acknowledged: number
}

/** Counts up, under its own name, in a document of which it knows nothing else. */
class Counter {
  readonly client: RawClient
  readonly outcome: Outcome
  readonly #doc = new Y.Doc()
  readonly #timer: NodeJS.Timeout
  #started: () => void = () => undefined
  readonly started = new Promise<void>((resolve) => {
    this.#started = resolve
  })

  constructor(index: number) {
    const room = `writing-${index % rooms}`
    this.outcome = { room, name: `writer-${index}`, sent: 0, acknowledged: 0 }
    this.#doc.on("update", (update: Uint8Array) => this.client.send(writeMessage({ type: "update", update })))
    this.client = new RawClient(`${url}/${room}?token=${token}&durable=1`, {
      onMessage: (payload) => this.#read(payload),
    })
    this.#timer = setInterval(() => this.#count(), changeEveryMs)
    void this.client.closed.then(() => clearInterval(this.#timer))
  }

  #count(): void {
    this.outcome.sent += 1
    this.#doc.getMap("counts").set(this.outcome.name, this.outcome.sent)
  }

  #read(payload: Buffer): void {
    for (const message of readMessages(payload)) {
      if (message.type !== "durable") continue
      this.outcome.acknowledged = message.count
      if (message.count > 0) this.#started()
    }
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const clients: RawClient[] = []
for (let index = 0; index < Number(idle); index += 1) {
  clients.push(new RawClient(`${url}/idle-${index % rooms}?token=${token}`))
  if (index % openAtOnce === 0) await clients.at(-1)?.opened
}
await Promise.all(clients.map(({ opened }) => opened))
const counters = Array.from({ length: Number(writing) }, (_, index) => new Counter(index))
await Promise.all(counters.map(({ started }) => started))
say({ event: "open" })
const codes = await Promise.all(
  [...clients, ...counters.map(({ client }) => client)].map(({ closed }) => closed),
)
say({ event: "closed", codes, outcomes: counters.map(({ outcome }) => outcome) })
