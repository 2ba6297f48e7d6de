import { Pace } from "./pace.ts"

/** A newcomer waits this long at most for the document to be encoded again while it changes all the time. */
const longestWaitMs = 2_000
/** Encoding takes at most a fifth of the time. */
const share = 5

/**
 * Those who come with nothing, and the one frame that all of them get. It is made when the first asks and kept until the
 * document changes; while it changes all the time, making it takes no more than a fifth of the time, and all who came
 * meanwhile share it.
 */
export class Newcomers {
  readonly #encode: () => Buffer
  readonly #pace = new Pace((costMs) => Math.min(costMs * share, longestWaitMs))
  #frame: Buffer | null = null
  #waiting: ((frame: Buffer) => void)[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(encode: () => Buffer) {
    this.#encode = encode
  }

  /** The frame, where it is made. */
  get frame(): Buffer | null {
    return this.#frame
  }

  /** Calls `receive` with the frame, now or soon. */
  greet(receive: (frame: Buffer) => void): void {
    if (this.#frame !== null) {
      receive(this.#frame)
      return
    }
    this.#waiting.push(receive)
    if (this.#timer !== null) return
    const wait = this.#pace.wait(performance.now())
    if (wait === 0) this.#greetAll()
    else this.#timer = setTimeout(() => this.#greetAll(), wait)
  }

  /** The document changed: the frame is old. */
  changed(): void {
    this.#frame = null
  }

  /** Nobody waits any more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting = []
  }

  #greetAll(): void {
    this.#timer = null
    const frame = this.#frame ?? this.#make()
    const waiting = this.#waiting
    this.#waiting = []
    for (const receive of waiting) receive(frame)
  }

  #make(): Buffer {
    const start = performance.now()
    const frame = this.#encode()
    this.#pace.done(start, performance.now() - start)
    this.#frame = frame
    return frame
  }
}
