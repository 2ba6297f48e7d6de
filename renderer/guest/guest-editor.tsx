import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react"
import type { Absence } from "../../protocol/absence.ts"
import type { Invitation } from "../../protocol/api.ts"
import { downloadText, fileNameFor } from "../download.ts"
import type { DocumentSession } from "../session/document-session.ts"
import type { Light } from "../session/light.ts"
import { DocumentBody } from "../ui/document-body.tsx"
import { Pane } from "../ui/pane.ts"
import { useLight } from "../use-light.ts"
import { useMedia } from "../use-media.ts"
import { useRegions } from "../use-regions.ts"
import { type Source, useSnapshot } from "../use-snapshot.ts"
import { useVisibleHeight } from "../use-visible-height.ts"
import type { GuestDocument } from "./guest-document.ts"
import { hostWords } from "./guest-host.ts"
import type { GuestLink } from "./guest-link.ts"
import type { GuestMemory } from "./guest-memory.ts"
import { GuestRemoved } from "./guest-removed.tsx"
import { GuestRescue } from "./guest-rescue.tsx"
import { GuestStatus } from "./guest-status.tsx"
import type { GuestStore } from "./guest-store.ts"
import { GuestTitle } from "./guest-title.tsx"
import { PhoneBar } from "./phone-bar.tsx"
import { ReturnedBanner } from "./returned-banner.tsx"
import type { UnsentWords } from "./unsent-words.ts"
import "./guest-editor.css"

const SettingsDialog = lazy(() =>
  import("../ui/settings-dialog.tsx").then((module) => ({ default: module.SettingsDialog })),
)

/** The files of a shared folder, beside the one in front. */
export interface GuestFiles {
  side: ReactNode
  /** The button that shows and hides them. */
  toggle: ReactNode
  isNarrow: boolean
  /** Pixels. */
  width: number
  /** What is to be said of the file in front. */
  note: ReactNode
}

interface GuestEditorProps {
  store: GuestStore
  link: GuestLink
  guest: GuestMemory
  invitation: Invitation
  session: DocumentSession
  unsent: UnsentWords
  /** Null: the guest was invited to one document. */
  files?: GuestFiles | null
}

/** The document in a browser: the app's own editor, less files and tabs. */
export function GuestEditor({
  store,
  link,
  guest,
  invitation,
  session,
  unsent,
  files = null,
}: GuestEditorProps) {
  const [pane] = useState(() => new Pane(session))
  const [isSettingsOpen, setSettingsOpen] = useState(false)
  const isPhone = useMedia("(max-width: 639px)")
  const title = useTitle(session, invitation)
  const light = useGuestLight(session, invitation)
  const absence = useSnapshot(session.absence ?? noAbsence)
  const hasReturned = useSnapshot(unsent) !== null
  const focusText = useCallback(() => pane.focus(), [pane])
  useRegions(focusText)
  useVisibleHeight()
  useEffect(() => pane.focus(), [pane])
  const document: GuestDocument = {
    link,
    invitation,
    session,
    pane,
    title,
    light,
    download: () => downloadText(fileNameFor(title), session.text.toString()),
    settings: () => setSettingsOpen(true),
  }
  return (
    <div className="guest-editor">
      {isPhone ? (
        <PhoneBar document={document} lead={files?.toggle ?? null} />
      ) : (
        <GuestTitle document={document} lead={files?.toggle ?? null} />
      )}
      <div
        className={`guest-middle${files?.isNarrow === true ? " narrow" : ""}`}
        style={{ "--side": `${files?.width ?? 0}px` }}
      >
        {files?.side}
        <main className="guest-main" data-region="text">
          <DocumentBody
            session={session}
            pane={pane}
            title={title}
            light={light}
            by={invitation.by}
            rescue={<GuestRescue document={document} />}
            absence={absence}
            onDismissAbsence={() => session.absence?.dismiss()}
            note={hasReturned ? <ReturnedBanner words={unsent} /> : (files?.note ?? null)}
          />
        </main>
      </div>
      {!isPhone && <GuestStatus document={document} />}
      <GuestRemoved document={document} />
      {isSettingsOpen && (
        <Suspense>
          <SettingsDialog
            person={{ name: guest.name, peer: guest.peer ?? 1 }}
            theme={guest.theme}
            used={usedByOthers(session)}
            onPerson={(person) => store.setPerson(person)}
            onTheme={(theme) => store.setTheme(theme)}
            onClose={() => setSettingsOpen(false)}
          />
        </Suspense>
      )}
    </div>
  )
}

const noAbsence: Source<Absence | null> = { subscribe: () => () => undefined, snapshot: () => null }

function usedByOthers(session: DocumentSession): number[] {
  return session.snapshot().people.flatMap((person) => (person.self ? [] : [person.peer]))
}

/** The document's own title once it is here, until then the invitation's. */
function useTitle(session: DocumentSession, invitation: Invitation): string {
  const { title } = useSnapshot(session)
  return title === "" ? invitation.title : title
}

function useGuestLight(session: DocumentSession, invitation: Invitation): Light {
  return useLight({
    snapshot: useSnapshot(session),
    kind: "guest",
    fileTrouble: null,
    storeTrouble: null,
    shared: true,
    hostName: hostWords(window.location.hostname, invitation).name,
    folderTitle: "",
  })
}
