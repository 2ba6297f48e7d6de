import { Lock, LockOpen } from "lucide-react"
import { useState } from "react"
import type { Invitation } from "../../protocol/api.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import { PersonForm } from "../ui/person-form.tsx"
import { Stack } from "../ui/stack.tsx"
import { GuestFrame } from "./guest-frame.tsx"
import { hostWords } from "./guest-host.ts"
import type { GuestMemory } from "./guest-memory.ts"
import { firstPeer } from "./guest-store.ts"
import { JoinAside } from "./join-aside.tsx"
import "./join-page.css"

interface JoinPageProps {
  invitation: Invitation
  guest: GuestMemory
  location: Pick<Location, "hostname" | "protocol">
  onEnter: (person: { name: string; peer: number }) => void
}

/** What one is invited to, who is inside, and a name: then one is in. */
export function JoinPage({ invitation, guest, location, onEnter }: JoinPageProps) {
  const { people } = invitation
  const [peer] = useState(() => firstPeer(guest, people))
  const mayEdit = invitation.role === "owner" || invitation.role === "editor"
  return (
    <GuestFrame aside={<JoinAside title={invitation.title} people={people} />}>
      <h1 className="size-20 strong">{headline(invitation, mayEdit)}</h1>
      <p className="quiet">{whatAndWhere(invitation, mayEdit, location.hostname)}</p>
      <div className="row join-inside">
        {people.length > 0 && <Stack faces={people} />}
        <span className="quiet">{inside(people.length)}</span>
      </div>
      <PersonForm
        start={{ name: guest.name, peer }}
        hint={mayEdit ? "The others see it beside your caret." : "The others see that you are here."}
        used={people.map((person) => person.peer)}
        done={mayEdit ? "Start writing" : "Start reading"}
        note={<Encryption isEncrypted={location.protocol === "https:"} />}
        onDone={onEnter}
      />
      <p className="size-12 faint join-foot">No account. Your name and colour stay in this browser.</p>
    </GuestFrame>
  )
}

function headline({ by, title, room }: Invitation, mayEdit: boolean): string {
  const what = `${mayEdit ? "write in" : "read"}${isFolderRoom(room) ? " the folder" : ""}`
  return by === "" ? `You are invited to ${what} “${title}”` : `${by} invites you to ${what} “${title}”`
}

function whatAndWhere({ by, hostKind }: Invitation, mayEdit: boolean, hostname: string): string {
  const host = hostWords(hostname, { by, hostKind })
  if (host.isNumber) {
    const sharer = by === "" ? "it is shared" : `${by} shares it`
    return `On ${host.name}, over this network. It is there for as long as ${sharer}.`
  }
  return mayEdit
    ? `You may read and edit it. What you write is kept at ${host.name}.`
    : `You may read it. It is kept at ${host.name}.`
}

function inside(count: number): string {
  if (count === 0) return "Nobody is in it now"
  return count === 1 ? "1 person is in it now" : `${count} people are in it now`
}

function Encryption({ isEncrypted }: { isEncrypted: boolean }) {
  return (
    <div className={`join-lock${isEncrypted ? "" : " open"}`}>
      {isEncrypted ? <Lock /> : <LockOpen />}
      <span>
        <span className="medium">{isEncrypted ? "Encrypted on the way" : "Not encrypted"}</span>
        <span className="size-12 quiet join-lock-words">
          {isEncrypted
            ? "The host can read what you write. Others on the network cannot."
            : "Whoever runs this network could read along. Fine at home; think twice in a café."}
        </span>
      </span>
    </div>
  )
}
