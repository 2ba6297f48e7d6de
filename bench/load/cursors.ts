import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness"
import * as Y from "yjs"
import { Histogram } from "../statistics.ts"
import { Dialect } from "./dialect.ts"
import { evenly } from "./evenly.ts"
import type { CursorsJob, CursorsResult } from "./job.ts"
import { latencyOf } from "./latency.ts"
import { ownCpu } from "./own-cpu.ts"
import { clientFrame } from "./raw-socket.ts"
import { joinAll, seedRoom } from "./seeded-room.ts"
import { until } from "./until.ts"
import { VarUints } from "./var-uints.ts"

/** How long after the last move a cursor may take to be seen. */
const deadline = 20_000

/** One position of one person's cursor: its clock in their awareness, the state as text, and the frame that says so. */
interface Move {
  clock: number
  state: Buffer
  frame: Buffer
}

/** Everybody moves their cursor at a steady rate, nobody writes, and everybody must see where each cursor is in the end. */
export async function cursors(
  job: CursorsJob,
  checkpoint: (name: string) => Promise<void>,
): Promise<CursorsResult> {
  const dialect = new Dialect(job.dialect, job.room)
  const text = "All of this was here before anybody came. ".repeat(500)
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, text)
  const seed = await seedRoom(job, Y.encodeStateAsUpdate(doc))
  const moves = job.movesPerSecond * job.seconds
  const people = Array.from({ length: job.people }, (_, person) => movesOf(doc, dialect, person, moves + 1))
  const sight = new Sight(people)
  const sockets = await joinAll(job, job.people, (viewer, buffer, start) => {
    if (dialect.kind(buffer, start) === "awareness")
      sight.read(viewer, buffer, dialect.awarenessStart(buffer, start))
  })
  const move = (person: number, number: number): void => {
    const frame = people[person]?.moves[number]?.frame
    if (frame === undefined) return
    sight.sent(person, number)
    sockets[person]?.send(frame)
  }
  for (let person = 0; person < job.people; person += 1) move(person, 0)
  if (!(await until(() => sight.unseen(0) === 0, deadline)))
    throw new Error(`${sight.unseen(0)} first positions were never seen by somebody`)
  sight.latency.clear()
  await checkpoint("joined")
  const cpu = ownCpu()
  await evenly(moves * job.people, job.people * job.movesPerSecond, (number) =>
    move(number % job.people, 1 + Math.floor(number / job.people)),
  )
  await until(() => sight.unseen(moves) === 0, deadline)
  const loadCpuShare = cpu()
  await checkpoint("seen")
  for (const socket of [seed.socket, ...sockets]) socket.destroy()
  return { delivery: latencyOf(sight.latency), unseen: sight.unseen(moves), loadCpuShare }
}

interface Person {
  clientId: number
  moves: Move[]
}

/** What y-codemirror.next shows of somebody who walks through the text and selects a few words at a time. */
function movesOf(doc: Y.Doc, dialect: Dialect, person: number, count: number): Person {
  const text = doc.getText("codemirror")
  const own = new Y.Doc()
  const awareness = new Awareness(own)
  const moves = Array.from({ length: count }, (_, number): Move => {
    const place = (person * 97 + number * 31) % (text.length - 50)
    const state = {
      user: { name: `Somebody ${person}`, color: "#30bced", colorLight: "#30bced33" },
      cursor: {
        anchor: Y.createRelativePositionFromTypeIndex(text, place),
        head: Y.createRelativePositionFromTypeIndex(text, place + (number % 40)),
      },
    }
    awareness.setLocalState(state)
    const update = encodeAwarenessUpdate(awareness, [own.clientID])
    const clock = awareness.meta.get(own.clientID)?.clock ?? Number.NaN
    return { clock, state: Buffer.from(JSON.stringify(state)), frame: clientFrame(dialect.awareness(update)) }
  })
  awareness.destroy()
  own.destroy()
  return { clientId: own.clientID, moves }
}

/**
 * Who has seen which position of whom, and how long after it was sent. A server may leave out what is out of date by
 * the time it sends: a newer position counts for all those before it.
 */
class Sight {
  readonly latency = new Histogram()
  readonly #people: readonly Person[]
  readonly #byClient: ReadonlyMap<number, number>
  readonly #sentAt: Float64Array
  /** For each viewer and person the number of moves that were seen. */
  readonly #seen: Uint16Array
  readonly #moves: number

  constructor(people: readonly Person[]) {
    this.#people = people
    this.#moves = people[0]?.moves.length ?? 0
    this.#byClient = new Map(people.map(({ clientId }, person) => [clientId, person]))
    this.#sentAt = new Float64Array(people.length * this.#moves)
    this.#seen = new Uint16Array(people.length * people.length)
  }

  sent(person: number, number: number): void {
    this.#sentAt[person * this.#moves + number] = performance.now()
  }

  read(viewer: number, buffer: Buffer, start: number): void {
    const now = performance.now()
    const numbers = new VarUints(buffer, start)
    for (let left = numbers.next(); left > 0; left -= 1) {
      const person = this.#byClient.get(numbers.next())
      const clock = numbers.next()
      const length = numbers.next()
      const state = numbers.position
      numbers.position += length
      if (person !== undefined && person !== viewer)
        this.#saw(viewer, person, clock, buffer.subarray(state, state + length), now)
    }
  }

  /** How many pairs there are of which one has not seen the other's move of this number. */
  unseen(number: number): number {
    let unseen = 0
    const count = this.#people.length
    for (let place = 0; place < this.#seen.length; place += 1) {
      const isOwn = Math.floor(place / count) === place % count
      if (!isOwn && (this.#seen[place] ?? 0) <= number) unseen += 1
    }
    return unseen
  }

  #saw(viewer: number, person: number, clock: number, state: Buffer, now: number): void {
    const place = viewer * this.#people.length + person
    const moves = this.#people[person]?.moves ?? []
    const before = this.#seen[place] ?? 0
    const number = clock - (moves[0]?.clock ?? Number.NaN)
    const shown = moves[number]
    if (shown === undefined || number < before) return
    if (!shown.state.equals(state))
      throw new Error("Somebody was shown another position than the one that was sent")
    for (let seen = before; seen <= number; seen += 1)
      this.latency.add(now - (this.#sentAt[person * this.#moves + seen] ?? Number.NaN))
    this.#seen[place] = number + 1
  }
}
