import type * as Y from "yjs"
import { TokenLedger } from "./token-ledger.ts"

/** A document, and all that anybody was told is on disk of it: in one text what is typed, in another what is pasted. */
export class WrittenRoom {
  readonly name: string
  readonly typed = new TokenLedger()
  /** A paste is 1 MB. */
  readonly pasted = new TokenLedger(1_000_000)

  constructor(name: string) {
    this.name = name
  }

  /** Changes that somebody was told are on disk. */
  get settled(): number {
    return this.typed.settled + this.pasted.settled
  }

  /** Everything that the document lacks or has too much, a sentence each. */
  faults(doc: Y.Doc): string[] {
    return [
      ...this.typed.faults(typedText(doc).toString()),
      ...this.pasted.faults(pastedText(doc).toString()),
    ]
  }
}

export function typedText(doc: Y.Doc): Y.Text {
  return doc.getText("codemirror")
}

export function pastedText(doc: Y.Doc): Y.Text {
  return doc.getText("pasted")
}
