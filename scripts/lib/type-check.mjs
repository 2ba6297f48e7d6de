import { inCheckout } from "./checkout.mjs"
import { pinnedNode } from "./pinned-node.mjs"
import { runOrFail } from "./run.mjs"

/**
 * Type-checks the named folders and those that they refer to, or the whole checkout. The folders are project
 * references, so this is also what keeps each of them to the imports and globals that it may use.
 *
 * @param {readonly string[]} [folders]
 */
export async function typeCheck(folders = []) {
  await runOrFail(pinnedNode, [inCheckout("node_modules/typescript/bin/tsc"), "-b", ...folders])
}
