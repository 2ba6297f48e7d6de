import { useEffect, useRef } from "react"

/** What F6 steps through, in the order of the page: every element with `data-region` that is in sight. */
const regionSelector = "[data-region]"
const focusable = [
  "[contenteditable=true]",
  "button:not([disabled])",
  "a[href]",
  "input:not([disabled])",
  "[tabindex='0']",
].join(",")

/** F6 and Shift+F6 move between the regions of the window; Escape outside the text goes back to it. */
export function useRegions(toText: () => void): void {
  const latest = useRef(toText)
  latest.current = toText
  useEffect(() => {
    const owner = new AbortController()
    const step = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      if (event.key === "F6" && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault()
        moveRegion(event.shiftKey ? -1 : 1)
      }
      if (event.key === "Escape" && !isInText(event.target)) latest.current()
    }
    window.addEventListener("keydown", step, { signal: owner.signal })
    return () => owner.abort()
  }, [])
}

function isInText(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".cm-editor") !== null
}

function moveRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll(regionSelector)].filter((region) => region.checkVisibility())
  const current = regions.findIndex((region) => region.contains(document.activeElement))
  const start = current < 0 && by < 0 ? 0 : current
  for (let step = 1; step <= regions.length; step += 1) {
    const region = regions.at((start + by * step) % regions.length)
    const target = region === undefined ? undefined : firstFocusable(region)
    if (target !== undefined) {
      target.focus()
      return
    }
  }
}

function firstFocusable(region: Element): HTMLElement | undefined {
  const inText = region.querySelector<HTMLElement>(":scope .tab-panel:not([inert]) .cm-content")
  if (inText !== null) return inText
  return [...region.querySelectorAll<HTMLElement>(focusable)].find(
    (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest("[inert]") === null,
  )
}
