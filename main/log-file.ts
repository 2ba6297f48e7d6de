import { appendFile, mkdir, rename, stat } from "node:fs/promises"
import { dirname } from "node:path"

/** A file that never grows beyond its bound: when it is full it becomes `PATH.1`, and a new one is begun. */
export class LogFile {
  readonly #path: string
  readonly #maxBytes: number
  #size: number | null = null
  #waiting: Buffer[] = []
  #tail: Promise<void> = Promise.resolve()

  constructor(path: string, maxBytes = 1024 * 1024) {
    this.#path = path
    this.#maxBytes = maxBytes
  }

  /** Queues the bytes; what cannot be written (a full disk) is dropped, for a log must never stop the app. */
  write(chunk: string | Buffer): void {
    this.#waiting.push(Buffer.from(chunk))
    if (this.#waiting.length > 1) return
    this.#tail = this.#tail.then(() => this.#writeOut().catch(() => undefined))
  }

  /** Resolves when everything written before is in the file. */
  flush(): Promise<void> {
    return this.#tail
  }

  async #writeOut(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#size ??= await this.#presentSize()
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) {
      await rename(this.#path, `${this.#path}.1`)
      this.#size = 0
    }
    await appendFile(this.#path, bytes)
    this.#size += bytes.length
  }

  async #presentSize(): Promise<number> {
    await mkdir(dirname(this.#path), { recursive: true })
    return stat(this.#path).then(
      (found) => found.size,
      () => 0, // there is none yet
    )
  }
}
