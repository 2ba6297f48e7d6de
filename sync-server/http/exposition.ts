import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { Distribution } from "./distribution.ts"

/** One number, or one for each value of the family's label. */
export type Samples = number | Readonly<Record<string, number>>

/** What is known under one name. It is read when somebody asks. */
export type Family = { name: string; help: string } & (
  | { type: "counter" | "gauge"; label?: string; read: () => Samples | Promise<Samples> }
  | { type: "histogram"; distribution: Distribution }
)

/** Families in Prometheus' form, and with them what the library knows of the process. */
export class Exposition {
  readonly #registry = new Registry()

  constructor(families: readonly Family[]) {
    for (const family of families) this.#add(family)
    collectDefaultMetrics({ register: this.#registry })
  }

  async read(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #add(family: Family): void {
    const { name, help } = family
    const registers = [this.#registry]
    if (family.type === "histogram") {
      new ReadHistogram({ name, help, registers }, family.distribution)
      return
    }
    const { label = "", read } = family
    const labelNames = label === "" ? [] : [label]
    const fill = async (add: (labels: Record<string, string>, value: number) => void) => {
      const samples = await read()
      if (typeof samples === "number") add({}, samples)
      else for (const [value, count] of Object.entries(samples)) add({ [label]: value }, count)
    }
    if (family.type === "gauge") {
      const collect = () => fill((labels, value) => gauge.set(labels, value))
      const gauge = new Gauge({ name, help, labelNames, registers, collect })
      return
    }
    const collect = () => {
      counter.reset()
      return fill((labels, value) => counter.inc(labels, value))
    }
    const counter = new Counter({ name, help, labelNames, registers, collect })
  }
}

/** A histogram whose values are kept elsewhere. */
class ReadHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #distribution: Distribution

  constructor(options: { name: string; help: string; registers: Registry[] }, distribution: Distribution) {
    super({ ...options, buckets: [...distribution.bounds] })
    this.#name = options.name
    this.#help = options.help
    this.#distribution = distribution
  }

  override async get() {
    const { sum, count } = this.#distribution
    const bucket = (le: number | string, value: number) => ({
      metricName: `${this.#name}_bucket`,
      labels: { le },
      value,
    })
    return {
      ...(await super.get()),
      name: this.#name,
      help: this.#help,
      values: [
        ...this.#distribution.cumulative().map(({ bound, count }) => bucket(bound, count)),
        bucket("+Inf", count),
        { metricName: `${this.#name}_sum`, labels: {}, value: sum },
        { metricName: `${this.#name}_count`, labels: {}, value: count },
      ],
    }
  }
}
