/**
 * What the documents must hold. A token is a piece of text of a fixed length that is inserted whole, never inside another
 * one, at most once; so a document is a sequence of whole tokens, and anything else is damage.
 */
export const tokenLength = 8

type Fate = "inserting" | "inserted" | "deleting" | "deleted"

export class TokenLedger {
  readonly #fates = new Map<string, Fate>()
  #next = 0

  make(): string {
    const token = `<${(this.#next++).toString(36).padStart(tokenLength - 2, "0")}>`
    this.#fates.set(token, "inserting")
    return token
  }

  /** Its deletion is sent: from now on both is right, that it is there and that it is not. */
  delete(token: string): void {
    this.#fates.set(token, "deleting")
  }

  /** A server has said that the token's last change is on disk. */
  settle(token: string, change: "insert" | "delete"): void {
    const fate = this.#fates.get(token)
    if (change === "delete") this.#fates.set(token, "deleted")
    else if (fate === "inserting") this.#fates.set(token, "inserted")
  }

  /** Changes that were acknowledged. */
  get settled(): number {
    let count = 0
    for (const fate of this.#fates.values()) if (fate === "inserted" || fate === "deleted") count += 1
    return count
  }

  /** Everything that is wrong with the text, a sentence each. None: nothing acknowledged is lost. */
  faults(text: string): string[] {
    const faults: string[] = []
    const there = new Set<string>()
    for (let start = 0; start < text.length; start += tokenLength) {
      const token = text.slice(start, start + tokenLength)
      if (!this.#fates.has(token)) faults.push(`"${token}" at ${start} was never written`)
      if (there.has(token)) faults.push(`${token} is there twice`)
      there.add(token)
    }
    for (const [token, fate] of this.#fates) {
      if (fate === "inserted" && !there.has(token)) faults.push(`${token} was on disk and is lost`)
      if (fate === "deleted" && there.has(token)) faults.push(`${token} was deleted on disk and is back`)
    }
    return faults
  }
}
