type Fate = "inserting" | "inserted" | "deleting" | "deleted"

const nameLength = 8

/**
 * What a text must hold. A token is a piece of text of a fixed length that is inserted whole, never inside another
 * one, at most once; so the text is a sequence of whole tokens, and anything else is damage. It begins with its name.
 */
export class TokenLedger {
  readonly tokenLength: number
  readonly #fates = new Map<string, Fate>()
  #next = 0

  /** @throws RangeError for a length that a token's name does not fit into */
  constructor(tokenLength = nameLength) {
    if (tokenLength < nameLength) throw new RangeError(`A token has at least ${nameLength} characters`)
    this.tokenLength = tokenLength
  }

  make(): string {
    const name = `<${(this.#next++).toString(36).padStart(nameLength - 2, "0")}>`
    this.#fates.set(name, "inserting")
    return this.#token(name)
  }

  /** Its deletion is sent: from now on both is right, that it is there and that it is not. */
  delete(token: string): void {
    this.#fates.set(nameOf(token), "deleting")
  }

  /** A server has said that the token's last change is on disk. */
  settle(token: string, change: "insert" | "delete"): void {
    const name = nameOf(token)
    if (change === "delete") this.#fates.set(name, "deleted")
    else if (this.#fates.get(name) === "inserting") this.#fates.set(name, "inserted")
  }

  /** Tokens whose last change was acknowledged. */
  get settled(): number {
    let count = 0
    for (const fate of this.#fates.values()) if (fate === "inserted" || fate === "deleted") count += 1
    return count
  }

  /** Everything that is wrong with the text, a sentence each. None: nothing acknowledged is lost. */
  faults(text: string): string[] {
    const faults: string[] = []
    const there = new Set<string>()
    for (let start = 0; start < text.length; start += this.tokenLength) {
      const token = text.slice(start, start + this.tokenLength)
      const name = nameOf(token)
      if (!this.#fates.has(name)) faults.push(`"${name}" at ${start} was never written`)
      else if (token !== this.#token(name)) faults.push(`${name} at ${start} is not whole`)
      if (there.has(name)) faults.push(`${name} is there twice`)
      there.add(name)
    }
    for (const [name, fate] of this.#fates) {
      if (fate === "inserted" && !there.has(name)) faults.push(`${name} was on disk and is lost`)
      if (fate === "deleted" && there.has(name)) faults.push(`${name} was deleted on disk and is back`)
    }
    return faults
  }

  #token(name: string): string {
    return name.padEnd(this.tokenLength, name)
  }
}

function nameOf(token: string): string {
  return token.slice(0, nameLength)
}
