import { Download } from "lucide-react"
import type { ReactNode } from "react"
import { IconButton } from "../ui/icon-button.tsx"
import { Mark } from "../ui/mark.tsx"
import { PeopleBar } from "../ui/people-bar.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import { appLink, type GuestDocument } from "./guest-document.ts"
import "./guest-title.css"

/** The title bar of a guest: what this is, what one may do, who is here, and two ways out. */
export function GuestTitle({ document, lead = null }: { document: GuestDocument; lead?: ReactNode }) {
  const { session, pane } = document
  const { people, readOnly } = useSnapshot(session)
  const { following } = useSnapshot(pane)
  const app = appLink(document)
  return (
    <header className="guest-title" data-region="title">
      {lead ?? <Mark size={20} label="Manyhands" />}
      <h1 className="medium cut">
        <bdi>{document.title}</bdi>
      </h1>
      <span className="tag">{readOnly ? "Can read" : "Can edit"}</span>
      <span className="grow" />
      <PeopleBar
        people={people}
        following={following}
        onGoTo={(person) => pane.goTo(person)}
        onSelf={document.settings}
      />
      <IconButton label="Download" onPress={document.download}>
        <Download />
      </IconButton>
      {app !== null && (
        <a className="button plain small" href={app}>
          Open in the app
        </a>
      )}
    </header>
  )
}
