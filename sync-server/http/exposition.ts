import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client"
import type { Distribution } from "./distribution.ts"

/** One number, or one for each value of the family's label. */
export type Samples = number | Readonly<Record<string, number>>

/** What is known under one name. It is read when somebody asks. */
export type Family = { name: string; help: string } & (
  | { type: "counter" | "gauge"; label?: string; read: () => Samples | Promise<Samples> }
  | { type: "histogram"; distribution: Distribution }
)

type Histogram = Extract<Family, { type: "histogram" }>

/** Families in Prometheus' form, and with them what the library knows of the process. */
export class Exposition {
  readonly #registry = new Registry()
  readonly #histograms: readonly Histogram[]

  constructor(families: readonly Family[]) {
    this.#histograms = families.filter((family) => family.type === "histogram")
    for (const family of families) if (family.type !== "histogram") this.#add(family)
    collectDefaultMetrics({ register: this.#registry })
  }

  async read(): Promise<{ contentType: string; text: string }> {
    const rest = await this.#registry.metrics()
    return {
      contentType: this.#registry.contentType,
      text: [...this.#histograms.map(histogramText), rest].join("\n"),
    }
  }

  #add({ name, help, type, label = "", read }: Exclude<Family, Histogram>): void {
    const options = { name, help, labelNames: label === "" ? [] : [label], registers: [this.#registry] }
    const fill = async (add: (labels: Record<string, string>, value: number) => void) => {
      const samples = await read()
      if (typeof samples === "number") add({}, samples)
      else for (const [value, count] of Object.entries(samples)) add({ [label]: value }, count)
    }
    if (type === "gauge") {
      const gauge = new Gauge({
        ...options,
        collect: () => fill((labels, value) => gauge.set(labels, value)),
      })
      return
    }
    const counter = new Counter({
      ...options,
      collect: () => {
        counter.reset()
        return fill((labels, value) => counter.inc(labels, value))
      },
    })
  }
}

/** The library's own histograms take every value by itself; ours are kept in buckets already. */
function histogramText({ name, help, distribution }: Histogram): string {
  const { sum, count } = distribution
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    ...distribution.cumulative().map(({ bound, count }) => `${name}_bucket{le="${bound}"} ${count}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
    "",
  ].join("\n")
}
