import { useEffect, useState } from "react"
import type { Light, LightInput } from "./session/light.ts"
import { LightClock } from "./session/light-clock.ts"
import { useSnapshot } from "./use-snapshot.ts"

/** The light for these facts, also when it changes by the passing of time alone. */
export function useLight(facts: Omit<LightInput, "now">): Light {
  const [clock] = useState(() => new LightClock(facts))
  useEffect(() => clock.update(facts))
  useEffect(() => () => clock.stop(), [clock])
  return useSnapshot(clock)
}
