import * as Y from "yjs"
import { ScanBudget } from "./scan-budget.ts"

/** A document of the server's. */
export class QuietDoc extends Y.Doc {
  readonly scans: ScanBudget

  constructor(scans = new ScanBudget()) {
    super()
    this.scans = scans
  }

  /** Yjs says seven things in every transaction, and makes three lists for each before it sees that nobody listens. */
  override emit(...said: Parameters<Y.Doc["emit"]>): void {
    if (this._observers.has(said[0])) super.emit(...said)
  }
}

const { integrate } = Y.Item.prototype

/**
 * Yjs looks for a struct's place among all that others wrote between its neighbours, and neither counts them nor can be interrupted.
 * So they are counted before, which takes a twentieth of the time; and where it is too much, the update ends there:
 * structs before this one are in the document, as if they had come alone.
 */
Y.Item.prototype.integrate = function (this: Y.Item, transaction: Y.Transaction, offset: number): void {
  const { doc } = transaction
  if (doc instanceof QuietDoc && this.parent !== null && (offset > 0 || !fits(this))) {
    const structs = between(this, offset, transaction, doc.scans.most)
    if (structs > 1) doc.scans.spend(structs)
  }
  integrate.call(this, transaction, offset)
}

/** Whether its neighbours are neighbours. The condition is Yjs' own. */
function fits({ left, right }: Y.Item): boolean {
  return left === null ? right !== null && right.left === null : left.right === right
}

/** How many structs Yjs may look through; `most` and one more stands for all above. */
function between(item: Y.Item, offset: number, { doc }: Y.Transaction, most: number): number {
  const { parent, parentSub, right } = item
  const known =
    offset > 0 ? Y.getItem(doc.store, Y.createID(item.id.client, item.id.clock + offset - 1)) : item.left
  let count = 0
  let other: Y.Item | null = null
  if (known instanceof Y.Item) {
    other = known.right
  } else if (parent instanceof Y.AbstractType) {
    if (parentSub === null) {
      other = parent._start
    } else {
      // The way to the first of a key's values counts as well.
      other = parent._map.get(parentSub) ?? null
      for (; other !== null && other.left !== null && count <= most; count += 1) other = other.left
    }
  }
  // What was written elsewhere than this ends the search at once.
  if (offset === 0 && other !== null && !Y.compareIDs(item.origin, other.origin)) return count + 1
  for (; other !== null && other !== right && count <= most; count += 1) other = other.right
  return count
}
