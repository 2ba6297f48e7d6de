import { AppError } from "../../../protocol/errors.ts"
import { MemoryStore } from "../../../sync-server/store/memory-store.ts"
import type { RoomUpdate } from "../../../sync-server/store/store.ts"

/** A store whose disk does what a test wants. */
export class FaultyStore extends MemoryStore {
  /** `full`: writes fail. `hangs`: they wait until the disk does something else. */
  #disk: "well" | "full" | "hangs" = "well"
  #hanging: (() => void)[] = []
  appends = 0
  isClosed = false

  set disk(disk: "well" | "full" | "hangs") {
    this.#disk = disk
    const hanging = this.#hanging
    this.#hanging = []
    for (const goOn of hanging) goOn()
  }

  override async append(batch: readonly RoomUpdate[]): Promise<void> {
    this.appends += 1
    await this.#write()
    await super.append(batch)
  }

  override async putRecord(key: string, value: string | null): Promise<void> {
    await this.#write()
    await super.putRecord(key, value)
  }

  override async putRecords(records: readonly { key: string; value: string }[]): Promise<void> {
    await this.#write()
    await super.putRecords(records)
  }

  override async close(): Promise<void> {
    this.isClosed = true
    if (this.#disk === "hangs") await new Promise<void>((resolve) => this.#hanging.push(resolve))
  }

  async #write(): Promise<void> {
    while (this.#disk === "hangs") await new Promise<void>((resolve) => this.#hanging.push(resolve))
    if (this.#disk === "full") throw new AppError("STORE_FULL", "The disk that the store is on is full")
  }
}
