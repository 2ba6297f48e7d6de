import { FileText, Folder, Globe } from "lucide-react"
import { useState } from "react"
import { GridList, GridListItem } from "react-aria-components/GridList"
import { unreachable } from "../../protocol/errors.ts"
import type { RecentEntry } from "../../protocol/ipc.ts"
import { Button } from "./button.tsx"
import { timeWords } from "./time-words.ts"
import "./recent-list.css"

interface RecentListProps {
  entries: readonly RecentEntry[]
  onOpen: (entry: RecentEntry) => void
  /** Asks where a missing one is now. */
  onFind: (entry: RecentEntry) => void
}

/** What was open before, newest first. Missing entries stay, faint, with a way to find them. */
export function RecentList({ entries, onOpen, onFind }: RecentListProps) {
  const [now] = useState(() => Date.now())
  const newestFirst = entries.toSorted((a, b) => b.openedAt - a.openedAt)
  return (
    <GridList
      className="recent"
      aria-labelledby="recent"
      items={newestFirst.map((entry) => ({ id: entry.key, entry }))}
    >
      {({ entry }) => (
        <GridListItem
          id={entry.key}
          textValue={entry.title}
          className={`recent-row row${entry.missing ? " missing" : ""}`}
          onAction={() => (entry.missing ? onFind(entry) : onOpen(entry))}
        >
          <KindIcon kind={entry.kind} />
          <span className="grow">
            <span className="medium cut recent-title">
              <bdi>{entry.title}</bdi>
            </span>
            <span className="size-12 faint cut recent-place">
              {entry.missing
                ? `${entry.place} · not found`
                : `${entry.place} · ${timeWords(entry.openedAt, now)}`}
            </span>
          </span>
          {entry.missing && entry.kind !== "joined" && (
            <Button look="ghost" size="small" onPress={() => onFind(entry)}>
              Find it
            </Button>
          )}
        </GridListItem>
      )}
    </GridList>
  )
}

function KindIcon({ kind }: { kind: RecentEntry["kind"] }) {
  switch (kind) {
    case "folder":
      return <Folder />
    case "file":
      return <FileText />
    case "joined":
      return <Globe />
    default:
      return unreachable(kind)
  }
}
