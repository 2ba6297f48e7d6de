import { Copy, Link, LockOpen } from "lucide-react"
import { lazy, Suspense, useEffect, useState } from "react"
import { Button as AriaButton } from "react-aria-components/Button"
import { Dialog, DialogTrigger, Heading } from "react-aria-components/Dialog"
import { Modal, ModalOverlay } from "react-aria-components/Modal"
import { Popover } from "react-aria-components/Popover"
import type { ShareState } from "../../protocol/ipc.ts"
import type { Sharing } from "../desktop/share-store.ts"
import type { Person } from "../session/session-snapshot.ts"
import { Avatar } from "./avatar.tsx"
import { Button } from "./button.tsx"
import { Notice } from "./notice.tsx"
import "./share-popover.css"

const QrCode = lazy(() => import("./qr-code.tsx").then((module) => ({ default: module.QrCode })))

export interface ShareActions {
  start: () => void
  stop: () => void
  copy: (link: string) => void
}

interface SharePopoverProps {
  title: string
  sharing: Sharing
  people: readonly Person[]
  /** The system will ask whether the app may take connections when sharing starts for the first time. */
  asksFirewall: boolean
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  actions: ShareActions
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
          <Heading slot="title" className="size-14 strong share-title cut">
            Share <bdi>{props.title}</bdi>
          </Heading>
          <Content {...props} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

type ContentProps = Omit<SharePopoverProps, "isOpen" | "onOpenChange">

function Content({ sharing, people, asksFirewall, actions }: ContentProps) {
  if (sharing.kind !== "shared") {
    const trouble = sharing.kind === "private" ? sharing.trouble : null
    return (
      <div className="share-part">
        <p className="quiet">
          Only you can open this file now. Whoever has the link can write in it with you, in the app or in a
          browser on the same network.
        </p>
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
      </div>
    )
  }
  return (
    <>
      <LinkPart share={sharing.share} onCopy={actions.copy} />
      <HerePart people={people} />
      {sharing.trouble !== null && (
        <div className="share-part">
          <Notice report={sharing.trouble} />
        </div>
      )}
      <EndPart link={sharing.share.link} onStop={actions.stop} />
    </>
  )
}

/** How long "Copied" stands in the place of the words, in milliseconds. */
const copiedFor = 2000

function LinkPart({ share, onCopy }: { share: ShareState; onCopy: (link: string) => void }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), copiedFor)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <div className="share-part share-link">
      <div className="grow">
        <p className="quiet">Anyone with the link can edit</p>
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

function HerePart({ people }: { people: readonly Person[] }) {
  return (
    <div className="share-part">
      <h3 className="label">Here now</h3>
      <ul>
        {people.map((person) => (
          <li key={person.id} className="row share-person">
            <Avatar face={{ name: person.name, peer: person.peer, idle: person.quiet }} />
            <span className="grow">
              <span className="medium">
                <bdi>{person.name}</bdi>
              </span>
              {person.self && <span className="faint"> (you)</span>}
              <span className="size-12 faint share-place">{whereabouts(person)}</span>
            </span>
            {person.self && <span className="size-12 faint">Owner</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function whereabouts(person: Person): string {
  const line = person.caret === null ? "Looking on" : `Line ${person.caret.line}`
  return person.quiet ? `${line}, quiet for a while` : line
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
