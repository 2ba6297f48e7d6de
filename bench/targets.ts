import type { Report } from "./scenario.ts"

interface Target {
  /** The measure in words; what the figure is a share of belongs into them. */
  readonly is: string
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** What each measure is to reach. A report names its own in `measures`; it may name more than there are targets. */
const targets: Readonly<Record<string, Target>> = {
  "fan-out-500/of-relay": { is: "server CPU, of the blind relay's", unit: "", atMost: 0.2 },
  "fan-out-500/of-y-websocket": { is: "server CPU, of y-websocket's", unit: "", atMost: 1 / 8 },
  "fan-out-500/of-hocuspocus": { is: "server CPU, of Hocuspocus's", unit: "", atMost: 1 / 14 },
  "fan-out-500/p50": { is: "delivery p50", unit: "ms", atMost: 15 },
  "fan-out-500/p99": { is: "delivery p99", unit: "ms", atMost: 40 },
  "fan-out-300/of-relay": { is: "server CPU, of the blind relay's", unit: "", atMost: 0.35 },
  "join-storm/of-relay": { is: "server CPU, of the relay's prebuilt frame", unit: "", atMost: 1.25 },
  "cursors/of-y-websocket": { is: "server CPU, of y-websocket's", unit: "", atMost: 1 / 5 },
  "saturation/of-y-websocket": { is: "updates a second, of y-websocket's", unit: "", atLeast: 3 },
  "durable-append/ack-p50": { is: "acknowledgement p50", unit: "ms", atMost: 3 },
  "durable-append/ack-p99": { is: "acknowledgement p99", unit: "ms", atMost: 25 },
  "durable-append/slow-ack-p50": { is: "acknowledgement p50 on the slow disk", unit: "ms", atMost: 12 },
  "durable-append/slow-ack-p99": { is: "acknowledgement p99 on the slow disk", unit: "ms", atMost: 40 },
  "many-rooms/of-y-websocket": { is: "server CPU, of y-websocket's", unit: "", atMost: 1 },
  "idle-rooms/memory": { is: "memory above the idle server, without mapped files", unit: "MB", atMost: 60 },
  "idle-connections/of-y-websocket": { is: "memory a connection, of y-websocket's", unit: "", atMost: 1 },
  "idle-connections/over-socket": { is: "memory a connection over its socket", unit: "kB", atMost: 12 },
  "replay/of-bare": { is: "time, of a bare Y.Doc's", unit: "", atMost: 1.5 },
  "replay/file": { is: "the store's file after compaction", unit: "MB", atMost: 1.5 },
  "soak/grown": { is: "memory in the last sixth, of the second's", unit: "", atMost: 1.1 },
  "soak/descriptors": { is: "descriptors left behind", unit: "", atMost: 0 },
  "restart/ready": { is: "time to ready", unit: "ms", atMost: 300 },
}

/** A line for each target that the report's measures have: what is to be reached, what was, and whether that is enough. */
export function targetLines(report: Report): string[] {
  return Object.entries(report.measures ?? {}).flatMap(([name, value]) => {
    const target = targets[name]
    // Without the peer there is no share of it.
    if (target === undefined || Number.isNaN(value)) return []
    const isMet = value <= (target.atMost ?? Number.POSITIVE_INFINITY) && value >= (target.atLeast ?? 0)
    const bound =
      target.atMost === undefined
        ? `at least ${number(target.atLeast ?? 0)}`
        : `at most ${number(target.atMost)}`
    const unit = target.unit === "" ? "" : ` ${target.unit}`
    return [`${isMet ? "reached" : "MISSED "}  ${target.is}: ${number(value)}${unit}, to be ${bound}${unit}`]
  })
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, "")
}
