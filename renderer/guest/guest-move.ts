import { webSocketOrigin } from "../../protocol/invite.ts"

/** How often it is looked whether one can go, in milliseconds. */
const lookEvery = 500
/** How long the next host has to answer, in milliseconds. */
const answerMs = 5_000

interface Destination {
  origin: string
  token: string
}

interface GuestMoveOptions {
  /** Whether the host that is left has every word. */
  isSettled: () => boolean
  go: (to: Destination) => void
}

/** Goes to the next host of a document, once the present one has every word and the next one answers. */
export class GuestMove {
  readonly #options: GuestMoveOptions
  #to: Destination | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(options: GuestMoveOptions) {
    this.#options = options
  }

  /** What is no address of a host is not gone to. */
  begin(to: Destination): void {
    if (!/^https?:\/\/[^/?#\s]+$/.test(to.origin)) return
    this.#to = to
    this.#timer ??= setTimeout(() => void this.#look(), 0)
  }

  stop(): void {
    this.#to = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  async #look(): Promise<void> {
    const to = this.#to
    const answers = to !== null && this.#options.isSettled() && (await isThere(to))
    // Words may have been written while the next host was asked.
    if (to !== null && answers && this.#to === to && this.#options.isSettled()) {
      this.stop()
      this.#options.go(to)
      return
    }
    this.#timer = this.#to === null ? null : setTimeout(() => void this.#look(), lookEvery)
  }
}

/** A page may not fetch from another host, but its refusal over a WebSocket is an answer too. */
function isThere({ origin }: Destination): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${webSocketOrigin(origin)}/`)
    const done = (isAnswered: boolean): void => {
      clearTimeout(timer)
      resolve(isAnswered)
      socket.close()
    }
    const timer = setTimeout(() => done(false), answerMs)
    socket.onopen = () => done(true)
    socket.onerror = () => done(false)
  })
}
