import { useCallback, useSyncExternalStore } from "react"

export interface Source<T> {
  subscribe(listener: () => void): () => void
  snapshot(): T
}

/** What the source says now; renders again when it says something else. */
export function useSnapshot<T>(source: Source<T>): T {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source])
  const snapshot = useCallback(() => source.snapshot(), [source])
  return useSyncExternalStore(subscribe, snapshot)
}
