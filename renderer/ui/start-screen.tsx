import { FilePlus, FolderOpen, Settings as SettingsIcon } from "lucide-react"
import { useState } from "react"
import type { Knock } from "../../protocol/embedded.ts"
import type { ErrorReport } from "../../protocol/errors.ts"
import type { NearbyView, Outcome, RecentEntry, Settings } from "../../protocol/ipc.ts"
import { Button } from "./button.tsx"
import { greeting } from "./greeting.ts"
import { IconButton } from "./icon-button.tsx"
import { JoinByLink } from "./join-by-link.tsx"
import { KnockStrip } from "./knock-strip.tsx"
import { Mark } from "./mark.tsx"
import { type NearbyActions, NearbyList } from "./nearby-list.tsx"
import { Notice } from "./notice.tsx"
import { PersonForm } from "./person-form.tsx"
import { RecentList } from "./recent-list.tsx"
import "./start-screen.css"

export interface StartActions extends NearbyActions {
  openFolder: () => void
  newFile: () => void
  answerKnock: (id: string, admit: boolean) => void
  joinLink: (link: string) => Promise<Outcome<null>>
  openRecent: (entry: RecentEntry) => void
  findRecent: (entry: RecentEntry) => void
  savePerson: (person: { name: string; peer: number }) => void
  settings: () => void
  noticeRead: () => void
}

interface StartScreenProps {
  person: Settings["person"]
  recent: readonly RecentEntry[]
  nearby: NearbyView
  knocks: readonly Knock[]
  asksFirewall: boolean
  notice: ErrorReport | null
  actions: StartActions
}

/** A window with nothing open. The first time it asks for a name before anything else. */
export function StartScreen({
  person,
  recent,
  nearby,
  knocks,
  asksFirewall,
  notice,
  actions,
}: StartScreenProps) {
  const isNew = person.name === ""
  return (
    <div className="start">
      <header className="start-bar drag">
        {!isNew && (
          <IconButton label="Settings" onPress={actions.settings}>
            <SettingsIcon />
          </IconButton>
        )}
      </header>
      <KnockStrip knocks={knocks} onAnswer={actions.answerKnock} />
      <main className={`start-columns${isNew ? " single" : ""}`}>
        <section>
          <Mark size={48} />
          {isNew ? (
            <FirstRun peer={person.peer} onDone={actions.savePerson} />
          ) : (
            <Begin name={person.name} actions={actions} />
          )}
          {notice !== null && <Notice report={notice} onClose={actions.noticeRead} />}
        </section>
        {!isNew && (
          <div className="start-recent">
            {recent.length > 0 && (
              <section>
                <h2 className="label" id="recent">
                  Recent
                </h2>
                <RecentList entries={recent} onOpen={actions.openRecent} onFind={actions.findRecent} />
              </section>
            )}
            <NearbyList nearby={nearby} asksFirewall={asksFirewall} actions={actions} />
          </div>
        )}
      </main>
    </div>
  )
}

function Begin({ name, actions }: { name: string; actions: StartActions }) {
  const [hour] = useState(() => new Date().getHours())
  return (
    <>
      <h1 className="size-28 strong">
        <bdi>{greeting(hour, name)}</bdi>
      </h1>
      <p className="quiet size-14">Open a folder of text files. It stays where it is.</p>
      <div className="row start-acts">
        <Button look="ink" size="large" autoFocus onPress={actions.openFolder}>
          <FolderOpen />
          Open a folder
        </Button>
        <Button size="large" onPress={actions.newFile}>
          <FilePlus />
          New file
        </Button>
      </div>
      <JoinByLink onJoin={actions.joinLink} />
      <p className="size-12 faint start-drop">
        You can also drop a folder or a file anywhere in this window.
      </p>
    </>
  )
}

function FirstRun({ peer, onDone }: { peer: number; onDone: StartActions["savePerson"] }) {
  return (
    <>
      <h1 className="size-28 strong">What shall we call you?</h1>
      <p className="quiet size-14">When you write with others, they see it beside your caret.</p>
      <PersonForm start={{ name: "", peer }} done="Begin" onDone={onDone} />
      <p className="size-12 faint start-drop">
        No account. It stays on this computer, and you can change it at any time.
      </p>
    </>
  )
}
