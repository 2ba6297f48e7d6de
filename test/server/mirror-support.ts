import { onTestFinished } from "vitest"
import type { Store } from "../../sync-server/store/store.ts"
import { BareMirrorBench } from "./support/mirror-bench.ts"

export { note, OpenDocument } from "./support/mirror-bench.ts"

/** Stops when the test has finished. */
export class MirrorBench extends BareMirrorBench {
  /** A mortal one is given up without a stop. */
  constructor(options: { dataDir: string; store?: Store; isMortal?: boolean }) {
    super(options)
    if (options.isMortal !== true) onTestFinished(() => this.stop())
  }
}
