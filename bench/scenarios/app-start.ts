import { type AppStart, appMissing, startApp } from "../app/desktop-app.ts"
import { onDisplay } from "../app/display.ts"
import type { Plan, Report } from "../scenario.ts"
import { median } from "../statistics.ts"
import { duration, figure, table } from "../table.ts"

/** The rounds, or the sentence that says why there are none. */
export async function measureApp(plan: Plan): Promise<AppStart[] | string> {
  const missing = appMissing()
  if (missing !== null) return `The app was not measured. ${missing}.`
  const rounds: AppStart[] = []
  await onDisplay(async (display) => {
    for (let round = 1; round <= plan.rounds; round += 1) {
      plan.progress(`cold start: the app, ${round} of ${plan.rounds}`)
      rounds.push(await startApp(display))
    }
  })
  return rounds
}

export function appStartReport(measured: AppStart[] | string): Report {
  const title = "Cold start of the app: process start to the first keystroke taken"
  if (typeof measured === "string")
    return { name: "app-start", title, figures: null, table: "", notes: [measured] }
  const middle = (pick: (round: AppStart) => number): string => duration(median(measured.map(pick)))
  return {
    name: "app-start",
    title,
    figures: measured,
    table: table(
      ["", "the window has a page", "the editor holds the file", "the first keystroke is in it"],
      [["Manyhands", middle((r) => r.page), middle((r) => r.editor), middle((r) => r.keystroke)]],
    ),
    notes: [],
  }
}

export function appMemoryReport(measured: AppStart[] | string): Report {
  const title = "Memory of the app: one document open, its embedded server included"
  if (typeof measured === "string")
    return { name: "app-memory", title, figures: null, table: "", notes: [measured] }
  return {
    name: "app-memory",
    title,
    figures: measured.map(({ pss, processes }) => ({ pss, processes })),
    table: table(
      ["", "PSS of all processes", "processes"],
      [["Manyhands", figure(median(measured.map((r) => r.pss)), "MiB"), String(measured[0]?.processes ?? 0)]],
    ),
    notes: [],
  }
}
