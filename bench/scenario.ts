import { type Contender, contenders, RunningServer } from "./contenders.ts"

/** What one benchmark gives: figures for programs, a table for people, and what must be said beside it. */
export interface Report {
  readonly name: string
  readonly title: string
  readonly figures: unknown
  readonly table: string
  readonly notes: readonly string[]
}

export interface Plan {
  /** How often each figure is taken; the median counts. */
  readonly rounds: number
  /** Told what is being done now, for whoever waits. */
  progress(text: string): void
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
): Promise<{ taken: { contender: Contender; rounds: T[] }[]; notes: string[] }> {
  const present = who.filter((contender) => contender.missing() === null)
  const notes = who.flatMap((contender) => {
    const reason = contender.missing()
    return reason === null ? [] : [`${contender.name} is not in this table. ${reason}.`]
  })
  const taken = present.map((contender) => ({ contender, rounds: [] as T[] }))
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const { contender, rounds } of taken) {
      plan.progress(`${title}: ${contender.name}, ${round} of ${plan.rounds}`)
      const server = await RunningServer.start(await contender.prepare())
      try {
        rounds.push(await measure(server, contender))
      } finally {
        await server.stop()
      }
    }
  }
  return { taken, notes }
}
