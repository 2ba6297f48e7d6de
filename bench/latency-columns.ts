import type { Latency } from "./load/job.ts"
import { median } from "./statistics.ts"
import { duration } from "./table.ts"

/** The median of the rounds; NaN where nothing was measured. */
export function middleOf(latencies: readonly Latency[], percentile: "p50" | "p99"): number {
  return median(latencies.flatMap((latency) => (latency === null ? [] : [latency[percentile]])))
}

/** p50 and p99 of the rounds, as a table shows them. */
export function latencyColumns(latencies: readonly Latency[]): [string, string] {
  return [duration(middleOf(latencies, "p50")), duration(middleOf(latencies, "p99"))]
}

/** What the clients took of one core. */
export function loadColumn(rounds: readonly { loadCpuShare: number }[]): string {
  return `${Math.round(median(rounds.map((round) => round.loadCpuShare)) * 100)} %`
}
