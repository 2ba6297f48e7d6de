/** Gives the text to the person as a file: a browser downloads it, the desktop app asks where to. */
export function downloadText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }))
  const link = document.createElement("a")
  link.href = url
  link.download = fileName
  link.click()
  // The download reads the URL after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** A title as a file name that every system takes, with `.md` when it has no ending. */
export function fileNameFor(title: string): string {
  const name = title
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^\.+/, "")
    .slice(0, 120)
  if (name === "") return "Manyhands.md"
  return /\.(md|markdown|txt)$/i.test(name) ? name : `${name}.md`
}
