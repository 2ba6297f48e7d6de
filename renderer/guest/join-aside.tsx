import type { Invitation } from "../../protocol/api.ts"
import "./join-aside.css"

/** Widths of lines of a text that is not shown yet, in percent; null is the space between paragraphs. */
const widths = [96, 100, 91, 64, null, 98, 87, 100, 94, 41, null, 72, 38, 80, null, 100, 93, 97, 58]
const lines = widths.map((width, line) => ({ width, line }))

/** Where the carets of those who are inside stand in it. */
const caretLines = [3, 7, 12, 9, 16, 1]

/** Only the title and who is inside: the text itself is shown to those who are in. A picture, not content. */
export function JoinAside({ title, people }: { title: string; people: Invitation["people"] }) {
  const carets = new Map(
    people.slice(0, caretLines.length).map((person, index) => [caretLines[index], person]),
  )
  return (
    <aside className="guest-aside" aria-hidden="true">
      <div className="page-title cut">{title}</div>
      {lines.map(({ width, line }) => {
        const person = carets.get(line)
        return (
          <div
            key={line}
            className={width === null ? "page-gap" : "page-line"}
            style={{ inlineSize: `${width ?? 100}%` }}
          >
            {person !== undefined && (
              <span className="page-caret" data-peer={person.peer}>
                <span>{person.name}</span>
              </span>
            )}
          </div>
        )
      })}
    </aside>
  )
}
