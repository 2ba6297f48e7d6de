/** The last part of a path with `/` or `\`. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path
}

/** A file's name in two parts: `2 Tides` and `.md`. A name that begins with a dot has no ending. */
export function splitEnding(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf(".")
  return dot <= 0 ? { stem: name, ending: "" } : { stem: name.slice(0, dot), ending: name.slice(dot) }
}

/** What kind of text a file holds, as the status bar says it. */
export function kindOfText(name: string): "Markdown" | "Text" {
  return /\.(md|markdown|mdown|mkd)$/i.test(name) ? "Markdown" : "Text"
}

/** The path that a typed name means, with `.md` when it has no text ending; null when it means none. */
export function pathFor(name: string): string | null {
  const path = name
    .trim()
    .replaceAll("\\", "/")
    .replace(/^\/+|\/+$/g, "")
  if (path === "") return null
  return /\.(md|markdown|mdown|mkd|txt|text)$/i.test(path) ? path : `${path}.md`
}
