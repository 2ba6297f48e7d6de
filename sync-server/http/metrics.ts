import type { CloseCode } from "../../protocol/close-code.ts"
import type { ClientMeter } from "../sync/client-meter.ts"
import type { RoomMeter } from "../sync/room.ts"
import { Distribution } from "./distribution.ts"
import type { Exposition, Family } from "./exposition.ts"
import { type GaugeSources, gaugesOf } from "./gauges.ts"

const secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** The window of a room is 16 to 50 ms wide. */
const windowBounds = [0.016, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05]
const updatesBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096]

/** What the server counts. It is put into Prometheus' form when somebody asks, and what does that is loaded only then. */
export class Metrics implements RoomMeter, ClientMeter {
  readonly #families: Family[] = []
  readonly #updatesReceived = this.#count(
    "updates_received",
    "Sync messages of kind step 2 or update that came",
  )
  readonly #updatesDurable = this.#count("updates_durable", "Updates brought to disk")
  readonly #joins = this.#count("joins", "Clients that were let in")
  readonly #refusals: Record<string, number> = {}
  readonly #firstStates = this.#count("first_states", "Documents sent to clients that had nothing")
  readonly #firstStatesCompressed = this.#count(
    "first_states_compressed",
    "Those of them that were compressed",
  )
  readonly #firstStateBytes = this.#count("first_state_bytes", "Bytes that they took on the wire")
  readonly #slowReaders = this.#count(
    "slow_readers",
    "Times that a client read too slowly and was left behind",
  )
  readonly #compactionFailures = this.#count(
    "compaction_failures",
    "Compactions that failed; the log is whole then",
  )
  readonly #flushSeconds = this.#spread("flush_seconds", "Time that one flush of a room took", secondsBounds)
  readonly #flushUpdates = this.#spread("flush_updates", "Messages that one flush applied", updatesBounds)
  readonly #flushWindow = this.#spread(
    "flush_window_seconds",
    "Time from one flush of a room to the next at the earliest",
    windowBounds,
  )
  readonly #commitSeconds = this.#spread(
    "commit_seconds",
    "Time that one commit took to be on disk",
    secondsBounds,
  )
  readonly #commitUpdates = this.#spread("commit_updates", "Updates in one commit", updatesBounds)
  readonly #compactionSeconds = this.#spread(
    "compaction_seconds",
    "Time that one compaction took",
    secondsBounds,
  )
  readonly #eventLoopDelay = this.#spread(
    "event_loop_delay_seconds",
    "How late a timer fired that fires four times a second",
    secondsBounds,
  )
  readonly #idleCollectionSeconds = this.#spread(
    "idle_collection_seconds",
    "Time that one collection of memory took while nobody did anything",
    secondsBounds,
  )
  #exposition: Promise<Exposition> | null = null

  constructor(sources: GaugeSources) {
    this.#families.push(
      {
        name: "manyhands_refusals_total",
        help: "Clients that were sent away at the door, by the close code that they were told",
        type: "counter",
        label: "code",
        read: () => this.#refusals,
      },
      ...gaugesOf(sources),
    )
  }

  /** Grows with whatever people do: they come, write, and show where they are. */
  get activity(): number {
    return this.#joins.value + this.#updatesReceived.value + this.#flushUpdates.count
  }

  /** How many clients were let in, ever. */
  get joins(): number {
    return this.#joins.value
  }

  /** How many logs were compacted, ever. */
  get compactions(): number {
    return this.#compactionSeconds.count
  }

  async read(): Promise<{ contentType: string; text: string }> {
    this.#exposition ??= this.#expose()
    return (await this.#exposition).read()
  }

  received(): void {
    this.#updatesReceived.value += 1
  }

  joined(): void {
    this.#joins.value += 1
  }

  refused(code: CloseCode): void {
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
  }

  firstState({ bytes, isCompressed }: { bytes: number; isCompressed: boolean }): void {
    this.#firstStates.value += 1
    this.#firstStateBytes.value += bytes
    if (isCompressed) this.#firstStatesCompressed.value += 1
  }

  leftBehind(): void {
    this.#slowReaders.value += 1
  }

  flushed({
    updates,
    milliseconds,
    windowMs,
  }: {
    updates: number
    milliseconds: number
    windowMs: number
  }): void {
    this.#flushSeconds.observe(milliseconds / 1_000)
    this.#flushUpdates.observe(updates)
    this.#flushWindow.observe(windowMs / 1_000)
  }

  committed(updates: number, milliseconds: number): void {
    this.#updatesDurable.value += updates
    this.#commitSeconds.observe(milliseconds / 1_000)
    this.#commitUpdates.observe(updates)
  }

  compacted({ milliseconds }: { milliseconds: number }): void {
    this.#compactionSeconds.observe(milliseconds / 1_000)
  }

  compactionFailed(): void {
    this.#compactionFailures.value += 1
  }

  delayed(milliseconds: number): void {
    this.#eventLoopDelay.observe(milliseconds / 1_000)
  }

  idleCollected(milliseconds: number): void {
    this.#idleCollectionSeconds.observe(milliseconds / 1_000)
  }

  async #expose(): Promise<Exposition> {
    try {
      const { Exposition } = await import("./exposition.ts")
      return new Exposition(this.#families)
    } catch (error) {
      this.#exposition = null
      throw error
    }
  }

  #count(name: string, help: string): { value: number } {
    const count = { value: 0 }
    this.#families.push({ name: `manyhands_${name}_total`, help, type: "counter", read: () => count.value })
    return count
  }

  #spread(name: string, help: string, bounds: readonly number[]): Distribution {
    const distribution = new Distribution(bounds)
    this.#families.push({ name: `manyhands_${name}`, help, type: "histogram", distribution })
    return distribution
  }
}
