import { Download, Ellipsis, ExternalLink, Redo2, Undo2, UserRound } from "lucide-react"
import type { ReactNode } from "react"
import { Button } from "react-aria-components/Button"
import { MenuTrigger } from "react-aria-components/Menu"
import { Menu, MenuItem } from "../ui/menu.tsx"
import { PeopleBar } from "../ui/people-bar.tsx"
import { SafetyLight } from "../ui/safety-light.tsx"
import { useSnapshot } from "../use-snapshot.ts"
import { appLink, type GuestDocument } from "./guest-document.ts"
import { GuestRescue } from "./guest-rescue.tsx"
import "./phone-bar.css"

/** The top of a phone: the name over the light, three faces, and the rest in a menu. */
export function PhoneBar({ document, lead = null }: { document: GuestDocument; lead?: ReactNode }) {
  const { session, pane } = document
  const { people, readOnly } = useSnapshot(session)
  const { following } = useSnapshot(pane)
  return (
    <header className="phone-bar" data-region="title">
      {lead}
      <div className="phone-name grow">
        <h1 className="medium cut size-14">
          <bdi>{document.title}</bdi>
        </h1>
        <SafetyLight
          light={document.light}
          actions={<GuestRescue document={document} />}
          placement="bottom start"
        />
      </div>
      <PeopleBar
        people={people}
        room={3}
        following={following}
        onGoTo={(person) => pane.goTo(person)}
        onSelf={document.settings}
      />
      <More document={document} readOnly={readOnly} />
    </header>
  )
}

function More({ document, readOnly }: { document: GuestDocument; readOnly: boolean }) {
  const app = appLink(document)
  return (
    <MenuTrigger>
      <Button className="icon-button touch" aria-label="More">
        <Ellipsis className="large" />
      </Button>
      <Menu label="More">
        {!readOnly && <MenuItem words="Undo" icon={<Undo2 />} onAction={() => document.pane.undo()} />}
        {!readOnly && <MenuItem words="Redo" icon={<Redo2 />} onAction={() => document.pane.redo()} />}
        <MenuItem words="Download" icon={<Download />} onAction={document.download} />
        {app !== null && <MenuItem words="Open in the app" icon={<ExternalLink />} href={app} />}
        <MenuItem words="Your name and colour" icon={<UserRound />} onAction={document.settings} />
      </Menu>
    </MenuTrigger>
  )
}
