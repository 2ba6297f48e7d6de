import { useEffect, useState } from "react"

/** Whether `delay` has passed since then; renders again when it has. Milliseconds; null never passes. */
export function useElapsed(since: number | null, delay: number): boolean {
  const [now, setNow] = useState(() => Date.now())
  const isPast = since !== null && now - since >= delay
  useEffect(() => {
    if (since === null) return
    const left = since + delay - Date.now()
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, left) + 5)
    return () => clearTimeout(timer)
  }, [since, delay])
  return isPast
}
