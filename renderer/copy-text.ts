/**
 * Puts a text on the clipboard without the clipboard API, which is absent on an http:// page. Call it from a press.
 * Says whether it could; the focus stays where it was.
 */
export function copyText(text: string): boolean {
  const before = document.activeElement
  const area = document.createElement("textarea")
  area.value = text
  area.className = "unseen"
  area.setAttribute("aria-hidden", "true")
  document.body.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  return done
}
