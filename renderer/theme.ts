import type { ThemeChoice } from "../protocol/ipc.ts"

/** Light, dark, or as the system says: the tokens read it from the root element. */
export function applyTheme(theme: ThemeChoice): void {
  if (theme === "system") document.documentElement.removeAttribute("data-theme")
  else document.documentElement.setAttribute("data-theme", theme)
}
