import type { Histogram } from "../statistics.ts"
import type { Latency } from "./job.ts"

export function latencyOf(histogram: Histogram): Latency {
  if (histogram.count === 0) return null
  return { p50: histogram.percentile(0.5), p99: histogram.percentile(0.99) }
}
