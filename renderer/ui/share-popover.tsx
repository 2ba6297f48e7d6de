import { Copy, Link, LockOpen } from "lucide-react"
import { lazy, Suspense, useEffect, useState } from "react"
import { Button as AriaButton } from "react-aria-components/Button"
import { Dialog, DialogTrigger, Heading } from "react-aria-components/Dialog"
import { Modal, ModalOverlay } from "react-aria-components/Modal"
import { Popover } from "react-aria-components/Popover"
import type { Knock } from "../../protocol/embedded.ts"
import type { ErrorReport } from "../../protocol/errors.ts"
import type { ShareState } from "../../protocol/ipc.ts"
import type { Sharing } from "../desktop/share-store.ts"
import type { Person } from "../session/session-snapshot.ts"
import { Avatar } from "./avatar.tsx"
import { Button } from "./button.tsx"
import { KnockList } from "./knock-list.tsx"
import { Notice } from "./notice.tsx"
import { Segments } from "./segments.tsx"
import { ServerPart } from "./server-part.tsx"
import { Switch } from "./switch.tsx"
import "./share-popover.css"

const QrCode = lazy(() => import("./qr-code.tsx").then((module) => ({ default: module.QrCode })))

export interface ShareActions {
  start: () => void
  stop: () => void
  copy: (link: string) => void
  setNearby: (on: boolean) => void
  answer: (knockId: string, admit: boolean) => void
  /** Null: it goes on there; else why not. */
  continueOn: (link: string) => Promise<ErrorReport | null>
  bringBack: () => Promise<ErrorReport | null>
}

/** Somebody who is here now, and where. */
export interface PersonHere {
  person: Person
  place: string
}

/** A folder or a file that may be shared. */
export interface Shareable {
  title: string
  sharing: Sharing
  people: readonly PersonHere[]
  /** Who asks to come into it. */
  knocks: readonly Knock[]
  /** As what people nearby would see it. */
  seenAs: string
  actions: ShareActions
}

interface SharePopoverProps {
  /** Null: the window shows a single file. */
  folder: Shareable | null
  /** Null: no document is in front. */
  file: Shareable | null
  /** The system will ask whether the app may take connections when sharing starts for the first time. */
  asksFirewall: boolean
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
}

/** The Share button and what it opens: the link, who is here, and the end of it. */
export function SharePopover({ isOpen, onOpenChange, ...props }: SharePopoverProps) {
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={onOpenChange}>
      <Button look="ink" size="small">
        Share
      </Button>
      <Popover className="popover" placement="bottom end" offset={15}>
        <Dialog className="share">
          <Choice {...props} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

type What = "folder" | "file"

/** The whole folder or the file in front, where there are both. */
function Choice({ folder, file, asksFirewall }: Omit<SharePopoverProps, "isOpen" | "onOpenChange">) {
  const [chosen, setChosen] = useState<What>(() => firstChoice(folder, file))
  const what = chosen === "folder" ? (folder ?? file) : (file ?? folder)
  if (what === null) return null
  return (
    <>
      <div className="row share-head">
        <Heading slot="title" className="size-14 strong grow cut">
          Share <bdi>{what.title}</bdi>
        </Heading>
        {folder !== null && file !== null && (
          <Segments
            label="What to share"
            value={chosen}
            choices={[
              { value: "folder", words: "Whole folder" },
              { value: "file", words: "This file" },
            ]}
            onChange={setChosen}
          />
        )}
      </div>
      <Content
        key={chosen}
        what={what}
        isFolder={what === folder}
        isInSharedFolder={what === file && folder?.sharing.kind === "shared"}
        asksFirewall={asksFirewall}
      />
    </>
  )
}

/** What is shared already is looked at first. */
function firstChoice(folder: Shareable | null, file: Shareable | null): What {
  if (folder === null) return "file"
  return folder.sharing.kind !== "shared" && file?.sharing.kind === "shared" ? "file" : "folder"
}

interface ContentProps {
  what: Shareable
  isFolder: boolean
  /** The folder's link opens this file already. */
  isInSharedFolder: boolean
  asksFirewall: boolean
}

function Content({ what, isFolder, isInSharedFolder, asksFirewall }: ContentProps) {
  const { sharing, people, actions } = what
  if (sharing.kind !== "shared") {
    const trouble = sharing.kind === "private" ? sharing.trouble : null
    return (
      <div className="share-part">
        <p className="quiet">{explanation(isFolder, isInSharedFolder)}</p>
        {asksFirewall && (
          <p className="size-12 faint share-hint">
            Your system may ask whether Manyhands may take connections. Allow it, or nobody can come in.
          </p>
        )}
        <Button look="ink" wide autoFocus isDisabled={sharing.kind === "changing"} onPress={actions.start}>
          <Link className="small" />
          {sharing.kind === "changing" ? "Making a link" : "Make a link"}
        </Button>
        {trouble !== null && <Notice report={trouble} />}
        <NearbyPart what={what} isDisabled={sharing.kind === "changing"} />
      </div>
    )
  }
  return (
    <>
      <LinkPart share={sharing.share} isFolder={isFolder} onCopy={actions.copy} />
      <HerePart people={people} />
      {sharing.trouble !== null && (
        <div className="share-part">
          <Notice report={sharing.trouble} />
        </div>
      )}
      {sharing.share.server === null && (
        <div className="share-part">
          <NearbyPart what={what} isDisabled={false} />
        </div>
      )}
      <div className="share-part">
        <ServerPart
          server={sharing.share.server}
          onContinue={actions.continueOn}
          onBringBack={actions.bringBack}
        />
      </div>
      <EndPart link={sharing.share.link} onStop={actions.stop} />
    </>
  )
}

/** Whether people on the network see it, and those of them who ask to come in. */
function NearbyPart({ what, isDisabled }: { what: Shareable; isDisabled: boolean }) {
  const { sharing, knocks, actions, seenAs } = what
  const isOn = sharing.kind === "shared" && sharing.share.isNearby
  return (
    <>
      <Switch
        label="Nearby on this network"
        hint={
          isOn
            ? `Seen as “${seenAs}”. No internet, no account. You let each of them in.`
            : `People around you would see “${seenAs}”, and could ask to come in.`
        }
        isOn={isOn}
        isDisabled={isDisabled}
        onChange={actions.setNearby}
      />
      {knocks.length > 0 && <KnockList knocks={knocks} saysWhere={false} onAnswer={actions.answer} />}
    </>
  )
}

function explanation(isFolder: boolean, isInSharedFolder: boolean): string {
  const where = "in the app or in a browser on the same network"
  if (isFolder)
    return `Only you can open this folder now. Whoever has the link can write in all of its text files with you, ${where}. Files that you add later are shared as well.`
  return isInSharedFolder
    ? "Whoever has the link of the folder is in this file too. A link of its own opens nothing but this file."
    : `Only you can open this file now. Whoever has the link can write in it with you, ${where}.`
}

/** How long "Copied" stands in the place of the words, in milliseconds. */
const copiedFor = 2000

interface LinkPartProps {
  share: ShareState
  isFolder: boolean
  onCopy: (link: string) => void
}

function LinkPart({ share, isFolder, onCopy }: LinkPartProps) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), copiedFor)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <div className="share-part share-link">
      <div className="grow">
        <p className="quiet">
          {isFolder ? "Anyone with the link can edit every file" : "Anyone with the link can edit"}
        </p>
        <div className="field-box">
          <Link className="small" />
          <input
            className="size-12"
            readOnly
            aria-label="The link"
            value={share.link}
            onFocus={(event) => event.currentTarget.select()}
          />
        </div>
        <Button
          look="ink"
          wide
          autoFocus
          onPress={() => {
            onCopy(share.link)
            setCopied(true)
          }}
        >
          <Copy className="small" />
          <span aria-live="polite">{isCopied ? "Copied" : "Copy link"}</span>
        </Button>
      </div>
      <Suspense fallback={<span className="share-code" />}>
        <LargeCode link={share.link} />
      </Suspense>
    </div>
  )
}

/** The link as a code for the camera of the phone beside you; pressed, large enough to read across a table. */
function LargeCode({ link }: { link: string }) {
  return (
    <DialogTrigger>
      <AriaButton className="share-code" aria-label="Show the QR code larger">
        <QrCode text={link} label="The link as a QR code" most={152} />
      </AriaButton>
      <ModalOverlay className="scrim" isDismissable>
        <Modal className="modal share-large">
          <Dialog aria-label="The link as a QR code">
            <QrCode text={link} label="The link as a QR code" most={440} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}

function HerePart({ people }: { people: readonly PersonHere[] }) {
  if (people.length === 0) return null
  return (
    <div className="share-part">
      <h3 className="label">Here now</h3>
      <ul>
        {people.map(({ person, place }) => (
          <li key={person.id} className="row share-person">
            <Avatar face={{ name: person.name, peer: person.peer, idle: person.quiet }} />
            <span className="grow">
              <span className="medium">
                <bdi>{person.name}</bdi>
              </span>
              {person.self && <span className="faint"> (you)</span>}
              <span className="size-12 faint share-place cut">
                {person.quiet ? `${place}, quiet for a while` : place}
              </span>
            </span>
            {person.self && <span className="size-12 faint">Owner</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Where somebody is in the document that is in front. */
export function placeInText(person: Person): string {
  return person.caret === null ? "Looking on" : `Line ${person.caret.line}`
}

function EndPart({ link, onStop }: { link: string; onStop: () => void }) {
  const [asked, setAsked] = useState<"not yet" | "now" | "kept">("not yet")
  if (asked === "now") {
    return (
      <fieldset className="share-end row asking" aria-label="Stop sharing">
        <span className="grow">The link ends, and the others leave. What they wrote stays.</span>
        <Button look="danger" size="small" onPress={onStop}>
          Stop sharing
        </Button>
        <Button size="small" autoFocus onPress={() => setAsked("kept")}>
          Keep
        </Button>
      </fieldset>
    )
  }
  return (
    <div className="share-end row">
      <Button look="danger" size="small" autoFocus={asked === "kept"} onPress={() => setAsked("now")}>
        Stop sharing
      </Button>
      <span className="grow" />
      {!link.startsWith("https:") && (
        <span className="share-open size-12">
          <LockOpen className="small" />
          <span>Not encrypted on the way: whoever runs this network could read along</span>
        </span>
      )}
    </div>
  )
}
