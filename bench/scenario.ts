import { type Contender, contenders, manyhands, RunningServer } from "./contenders.ts"
import type { Noise } from "./noise.ts"
import type { ProfileFolder } from "./profile.ts"
import { median } from "./statistics.ts"

/** What one benchmark gives: figures for programs, a table for people, and what must be said beside it. */
export interface Report {
  readonly name: string
  readonly title: string
  readonly figures: unknown
  readonly table: string
  readonly notes: readonly string[]
  /** The figures that have a target, by the names of `targets.ts`. */
  readonly measures?: Readonly<Record<string, number>>
}

/** A report with what went on beside it. */
export interface TakenReport extends Report {
  readonly noise: Noise
}

export interface Plan {
  /** How often each figure is taken; the median counts. */
  readonly rounds: number
  /** How long the soak takes. */
  readonly minutes: number
  /** Only servers in whose names this is, in small letters; null: all. For whoever works on one of them. */
  readonly only: string | null
  /** Where pictures for docs/benchmarks.md are drawn; null: they are not for it. */
  readonly images: URL | null
  /** Keeps where the servers' CPU time went; null: nobody asked. */
  readonly profiles: ProfileFolder | null
  /** Told what is being done now, for whoever waits. */
  progress(text: string): void
  /** Printed as it is, in a line of its own. */
  say(text: string): void
}

export interface Taken<T> {
  readonly contender: Contender
  readonly rounds: T[]
}

/**
 * Takes every contender once a round, one after the other, so that a machine that grows slower or faster does so for all.
 * Each measurement has a server of its own, freshly started.
 */
export async function measureAll<T>(
  plan: Plan,
  title: string,
  measure: (server: RunningServer, contender: Contender) => Promise<T>,
  who: readonly Contender[] = contenders,
): Promise<{ taken: Taken<T>[]; notes: string[] }> {
  const asked = who.filter(({ name }) => plan.only === null || name.toLowerCase().includes(plan.only))
  const present = asked.filter((contender) => contender.missing() === null)
  const notes = asked.flatMap((contender) => {
    const reason = contender.missing()
    return reason === null ? [] : [`${contender.name} is not in this table. ${reason}.`]
  })
  const taken = present.map((contender) => ({ contender, rounds: [] as T[] }))
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const { contender, rounds } of taken) {
      plan.progress(`${title}: ${contender.name}, ${round} of ${plan.rounds}`)
      const server = await RunningServer.start(await contender.prepare(), { inspect: plan.profiles !== null })
      try {
        rounds.push(await measure(server, contender))
      } finally {
        await server.stop()
      }
      const profile = server.cpu.taken
      if (profile === null) continue
      const kept = await plan.profiles?.keep(`${title} ${contender.name} ${round}`, profile)
      if (kept !== undefined && contender.name.startsWith(manyhands.name)) plan.say(kept)
    }
  }
  return { taken, notes }
}

/**
 * One contender's figure as a share of another's, the median of what it was in each round: both were measured within the same minute.
 * NaN when one of them was not.
 */
export function shareOf<T>(
  taken: readonly Taken<T>[],
  contender: Contender,
  of: Contender,
  figure: (round: T) => number,
): number {
  const own = taken.find((one) => one.contender === contender)
  const other = taken.find((one) => one.contender === of)
  const shares = own?.rounds.map((round, index) => {
    const beside = other?.rounds[index]
    return figure(round) / (beside === undefined ? Number.NaN : figure(beside))
  })
  return median(shares ?? [])
}
