import type { ThemeChoice } from "../protocol/ipc.ts"

/** Light, dark, or as the system says: the tokens read it from the root element. */
export function applyTheme(theme: ThemeChoice): void {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}
