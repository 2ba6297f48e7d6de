/** The size of the writing in pixels, remembered in this browser or app. */
const key = "manyhands:text-size"
const normal = 16
const smallest = 12
const largest = 32

export function stepTextSize(by: 1 | -1): void {
  applyTextSize(Math.min(largest, Math.max(smallest, textSize() + by)))
}

export function resetTextSize(): void {
  applyTextSize(normal)
}

/** Applies the remembered size; call once at the start. */
export function restoreTextSize(): void {
  applyTextSize(textSize())
}

function textSize(): number {
  const stored = Number(localStorage.getItem(key) ?? normal)
  return Number.isInteger(stored) && stored >= smallest && stored <= largest ? stored : normal
}

function applyTextSize(size: number): void {
  localStorage.setItem(key, String(size))
  document.documentElement.style.setProperty("--write-size", `${size}px`)
}
