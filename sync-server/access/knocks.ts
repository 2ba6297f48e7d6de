import { randomBytes } from "node:crypto"
import type { KnockAnswer } from "../../protocol/api.ts"
import type { Knock } from "../../protocol/embedded.ts"
import { AppError } from "../../protocol/errors.ts"
import { Limits } from "../../protocol/limits.ts"

/** Whoever has not asked for the answer in this time has gone, in milliseconds. */
const forgottenAfterMs = 60_000
/** 120 bits: only who asked can fetch the answer. */
const idBytes = 15

interface Asked {
  knock: Knock
  answer: KnockAnswer
  /** Those who wait for the answer now. */
  waiting: Set<() => void>
  forget: NodeJS.Timeout
}

/** Those who ask to come in, having found us on the network. Kept in memory: who asked is still there, or asks again. */
export class Knocks {
  readonly #asked = new Map<string, Asked>()
  readonly #onChange: (waiting: readonly Knock[]) => void
  readonly #forgottenAfterMs: number

  /** `onChange` is told of all who wait for a person's answer. */
  constructor(options: { onChange: (waiting: readonly Knock[]) => void; forgottenAfterMs?: number }) {
    this.#onChange = options.onChange
    this.#forgottenAfterMs = options.forgottenAfterMs ?? forgottenAfterMs
  }

  /** Those who wait for a person's answer, who came first in front. */
  get waiting(): Knock[] {
    return [...this.#asked.values()].flatMap(({ knock, answer }) =>
      answer.state === "waiting" ? [knock] : [],
    )
  }

  /** Somebody asks; the answer is the secret by which they learn what came of it. @throws AppError KNOCK_LIMIT */
  ask(wanted: Omit<Knock, "id">): string {
    if (this.#asked.size >= Limits.knocks)
      throw new AppError("KNOCK_LIMIT", "Too many people ask to come in just now. Try again in a minute.")
    const id = randomBytes(idBytes).toString("base64url")
    const knock = { ...wanted, id }
    this.#asked.set(id, {
      knock,
      answer: { state: "waiting" },
      waiting: new Set(),
      forget: this.#forgetLater(id),
    })
    this.#changed()
    return id
  }

  /** A person has decided. Nothing happens for who has gone meanwhile. */
  answer(id: string, answer: KnockAnswer): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    asked.answer = answer
    for (const tell of asked.waiting) tell()
    this.#changed()
  }

  roomOf(id: string): string | null {
    return this.#asked.get(id)?.knock.room ?? null
  }

  /** The answer, at once or when it is given, or that there is none yet after so many milliseconds. Null: nobody asked. */
  async result(id: string, patienceMs: number, signal: AbortSignal): Promise<KnockAnswer | null> {
    const asked = this.#asked.get(id)
    if (asked === undefined) return null
    clearTimeout(asked.forget)
    if (asked.answer.state === "waiting") await told(asked.waiting, patienceMs, signal)
    clearTimeout(asked.forget)
    if (this.#asked.get(id) === asked) asked.forget = this.#forgetLater(id)
    return asked.answer
  }

  /** Whoever asked thinks better of it, or has gone. */
  withdraw(id: string): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    clearTimeout(asked.forget)
    this.#asked.delete(id)
    for (const tell of asked.waiting) tell()
    this.#changed()
  }

  /** Nobody can come in here any more. */
  withdrawAll(room: string): void {
    for (const { knock } of [...this.#asked.values()]) if (knock.room === room) this.withdraw(knock.id)
  }

  close(): void {
    for (const id of [...this.#asked.keys()]) this.withdraw(id)
  }

  #forgetLater(id: string): NodeJS.Timeout {
    return setTimeout(() => this.withdraw(id), this.#forgottenAfterMs)
  }

  #changed(): void {
    this.#onChange(this.waiting)
  }
}

/** Resolves when there is news, the time is up, or whoever waits has gone. */
function told(waiting: Set<() => void>, patienceMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const tell = (): void => {
      clearTimeout(timer)
      waiting.delete(tell)
      signal.removeEventListener("abort", tell)
      resolve()
    }
    const timer = setTimeout(tell, patienceMs)
    waiting.add(tell)
    signal.addEventListener("abort", tell)
  })
}
