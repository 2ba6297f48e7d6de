/** No structs, no deletions: what an up-to-date peer answers to a step 1. No update is shorter. */
export const emptyUpdate = Uint8Array.of(0, 0)

export function isEmptyUpdate(update: Uint8Array): boolean {
  return update.length === emptyUpdate.length && update[0] === 0 && update[1] === 0
}
