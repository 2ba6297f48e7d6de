import { describe, expect, test } from "vitest"
import { Liveness } from "../../sync-server/http/liveness.ts"

/** Lets turns of these lengths follow each other from 0 on. Answers the moment after the last. */
function spin(liveness: Liveness, turns: readonly number[]): number {
  let now = 0
  for (const turn of turns) {
    now += turn
    liveness.note(turn, now)
  }
  return now
}

function repeat(times: number, turns: readonly number[]): number[] {
  return Array.from({ length: times }, () => turns).flat()
}

describe("liveness", () => {
  test("is well before anything was seen, and with nothing but short turns", () => {
    const liveness = new Liveness()
    expect(liveness.stuck(0)).toBeNull()
    const now = spin(liveness, repeat(200, [250]))
    expect(liveness.stuck(now)).toBeNull()
  })

  test("sees a server that does nothing but turns of two seconds", () => {
    const liveness = new Liveness()
    const now = spin(liveness, repeat(5, [2_000]))
    expect(liveness.stuck(now)).toBe("The event loop stood still for 10 of the last 10 s")
  })

  test("counts time, not turns: a hundred short ones between two long ones make no server well", () => {
    const liveness = new Liveness()
    const now = spin(liveness, repeat(4, [2_000, ...repeat(100, [5])]))
    expect(liveness.stuck(now)).toBe("The event loop stood still for 8 of the last 10 s")
  })

  test("counts turns of more than a second as late, and no others", () => {
    const [well, stuck] = [new Liveness(), new Liveness()]
    expect(well.stuck(spin(well, repeat(10, [1_000])))).toBeNull()
    expect(stuck.stuck(spin(stuck, repeat(10, [1_001])))).not.toBeNull()
  })

  test("wants half of the window, and not less", () => {
    const [well, stuck] = [new Liveness(), new Liveness()]
    expect(well.stuck(spin(well, [2_500, 2_499]))).toBeNull()
    expect(stuck.stuck(spin(stuck, [2_500, 2_500]))).toBe("The event loop stood still for 5 of the last 10 s")
  })

  test("forgets one long turn, however long it was", () => {
    const liveness = new Liveness()
    expect(liveness.stuck(spin(liveness, [60_000]))).toBeNull()
  })

  test("forgets what is past: what lies before the window, and what of a turn lies before it", () => {
    const liveness = new Liveness()
    const end = spin(liveness, [3_000, 3_000])
    expect(liveness.stuck(end)).not.toBeNull()
    // At 8 s one second of the first turn is out of the window, and five are in it; a moment later they are not.
    expect(liveness.stuck(11_000)).not.toBeNull()
    expect(liveness.stuck(11_001)).toBeNull()
    expect(liveness.stuck(30_000)).toBeNull()
  })
})
