import type { ReactNode } from "react"
import "./status-bar.css"

interface StatusBarProps {
  light: ReactNode
  /** Null while there is nothing to count. */
  words: number | null
  line: number | null
  /** `Markdown` or `Text`. */
  kind: string | null
  children?: ReactNode
}

const grouped = new Intl.NumberFormat("en-GB")

export function StatusBar({ light, words, line, kind, children }: StatusBarProps) {
  return (
    <footer className="status" data-region="status">
      {light}
      <span className="grow" />
      {children}
      {words !== null && (
        <span className="figures status-words">
          {words === 1 ? "1 word" : `${grouped.format(words)} words`}
        </span>
      )}
      {line !== null && <span className="figures status-line">Line {grouped.format(line)}</span>}
      {kind !== null && <span className="status-kind">{kind}</span>}
    </footer>
  )
}
