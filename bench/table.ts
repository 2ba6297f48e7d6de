/** A table as text that reads well in a terminal and is Markdown at the same time. The first column is a name, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? "", width, column)).join(" | ")} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`
  return [line(head), rule, ...rows.map(line)].join("\n")
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}

/** Three figures are more than these measurements are good for. */
export function figure(value: number, unit: string): string {
  if (Number.isNaN(value)) return "-"
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${unit}`
}

/** Milliseconds, or seconds when they are many. */
export function duration(milliseconds: number): string {
  return milliseconds >= 1000 ? figure(milliseconds / 1000, "s") : figure(milliseconds, "ms")
}
