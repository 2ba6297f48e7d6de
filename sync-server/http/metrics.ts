import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { RoomMeter } from "../sync/room.ts"

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** What the server counts, in Prometheus' form. */
export class Metrics implements RoomMeter {
  readonly #registry = new Registry()
  readonly #updatesReceived: Counter
  readonly #flushes: Counter
  readonly #flushSeconds: Histogram
  readonly #appends: Counter
  readonly #appendSeconds: Histogram

  constructor(sources: { connections: () => number; rooms: () => number; appendQueue: () => number }) {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#updatesReceived = new Counter({
      name: "manyhands_updates_received_total",
      help: "Sync messages of kind step 2 or update that clients sent",
      registers,
    })
    this.#flushes = new Counter({
      name: "manyhands_flushes_total",
      help: "Flushes of room inboxes",
      registers,
    })
    this.#flushSeconds = new Histogram({
      name: "manyhands_flush_seconds",
      help: "Time that one flush took",
      buckets: secondsBuckets,
      registers,
    })
    this.#appends = new Counter({
      name: "manyhands_updates_durable_total",
      help: "Updates brought to disk",
      registers,
    })
    this.#appendSeconds = new Histogram({
      name: "manyhands_append_seconds",
      help: "Time from a batch's start to its being on disk",
      buckets: secondsBuckets,
      registers,
    })
    gauge("manyhands_connections", "Open WebSocket connections", sources.connections, registers)
    gauge("manyhands_rooms_loaded", "Rooms in memory", sources.rooms, registers)
    gauge("manyhands_append_queue_length", "Updates waiting for the disk", sources.appendQueue, registers)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  received(): void {
    this.#updatesReceived.inc()
  }

  flushed(_updates: number, milliseconds: number): void {
    this.#flushes.inc()
    this.#flushSeconds.observe(milliseconds / 1000)
  }

  committed(updates: number, milliseconds: number): void {
    this.#appends.inc(updates)
    this.#appendSeconds.observe(milliseconds / 1000)
  }
}

function gauge(name: string, help: string, read: () => number, registers: Registry[]): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read())
    },
  })
}
