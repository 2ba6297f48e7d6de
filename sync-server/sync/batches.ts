import { batchUpdates } from "../store/apply-log.ts"
import type { Source } from "./source.ts"

/**
 * What was received, in order, as it is applied: a transaction each. What came from the host is kept apart from what goes
 * there, or the link would send it back.
 */
export function batchesOf<T extends { source: Source }>(received: readonly T[]): T[][] {
  if (received.length === 1) return [[...received]]
  const batches: T[][] = []
  const fromHost = received.filter(({ source }) => source.isUpstream)
  const toHost = received.filter(({ source }) => !source.isUpstream)
  for (const part of [fromHost, toHost])
    for (let start = 0; start < part.length; start += batchUpdates)
      batches.push(part.slice(start, start + batchUpdates))
  return batches
}
