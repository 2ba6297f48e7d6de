import { useEffect } from "react"

/** Keeps `--visible-height` at what a phone's keyboard leaves of the page. */
export function useVisibleHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport
    if (viewport === null) return
    const owner = new AbortController()
    const measure = () => {
      // Zoomed in by two fingers, the page keeps its size and the person moves over it.
      if (viewport.scale > 1) return
      document.documentElement.style.setProperty("--visible-height", `${viewport.height}px`)
      window.scrollTo(0, 0)
    }
    viewport.addEventListener("resize", measure, { signal: owner.signal })
    measure()
    return () => {
      owner.abort()
      document.documentElement.style.removeProperty("--visible-height")
    }
  }, [])
}
