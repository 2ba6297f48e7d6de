import type { Invitation } from "../../protocol/api.ts"
import { webSocketOrigin } from "../../protocol/invite.ts"
import type { ThemeChoice } from "../../protocol/ipc.ts"
import { freePeer } from "../../protocol/presence.ts"
import { isFolderRoom } from "../../protocol/shared-folder.ts"
import { Observable } from "../observable.ts"
import { DocumentSession, type SessionPerson } from "../session/document-session.ts"
import { GuestFolder } from "./guest-folder.ts"
import {
  formatArrival,
  formatGuestFile,
  formatGuestLink,
  type GuestLink,
  readArrival,
  readGuestFile,
  readGuestLink,
} from "./guest-link.ts"
import { type GuestMemory, recallGuest, rememberGuest } from "./guest-memory.ts"
import { GuestMove } from "./guest-move.ts"
import { askInvitation, type InvitationAnswer } from "./invitation.ts"
import { UnsentWords } from "./unsent-words.ts"

export type GuestPlace =
  | { kind: "asking" }
  /** Nothing in the address says what to open. */
  | { kind: "no-link" }
  /** The link is good for every document: which one? */
  | { kind: "which" }
  | { kind: "invited"; invitation: Invitation }
  | { kind: "refused"; why: Exclude<InvitationAnswer["kind"], "invited"> }
  | { kind: "inside"; invitation: Invitation; session: DocumentSession; unsent: UnsentWords }
  | { kind: "in-folder"; invitation: Invitation; folder: GuestFolder }

export interface GuestView {
  link: GuestLink
  guest: GuestMemory
  place: GuestPlace
}

/** How often the join page asks again who is inside, or whether a silent host is back, in milliseconds. */
const askEvery = 5000

/** A guest's way in: from the link in the address to the open document. */
export class GuestStore extends Observable<GuestView> {
  readonly #location: Location
  readonly #owner = new AbortController()
  readonly #moving: GuestMove
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(location: Location) {
    super({ link: readGuestLink(location.hash), guest: recallGuest(), place: { kind: "asking" } })
    this.#location = location
    this.#moving = new GuestMove({
      isSettled: () => this.#isSettled(),
      go: (to) => this.#goTo(to),
    })
  }

  /** Reads the address and asks the host. Call once. */
  start(): void {
    const { signal } = this.#owner
    window.addEventListener("hashchange", () => this.#follow(readGuestLink(this.#location.hash)), { signal })
    window.addEventListener("beforeunload", (event) => this.#holdBack(event), { signal })
    void this.#arrive()
  }

  /** Somebody who comes from a former host of the same document is in at once. */
  async #arrive(): Promise<void> {
    const person = readArrival(this.#location.hash)
    if (person === null) return this.ask()
    this.#remember(person)
    const { link } = this.snapshot()
    const file = readGuestFile(this.#location.hash)
    history.replaceState(null, "", file === null ? formatGuestLink(link) : formatGuestFile(link, file))
    await this.ask()
    this.enter(person)
  }

  /** Asks the host what the link is for; again by itself while that may change. */
  async ask(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { link } = this.snapshot()
    const answer = await askInvitation(this.#location.origin, link.room ?? "?", link.token)
    const { link: latest, place } = this.snapshot()
    if (latest !== link || isIn(place)) return // another link was opened meanwhile, or the guest is in
    this.#change({ place: placeFor(link, answer) })
    const isChanging = answer.kind === "invited" || answer.kind === "silent"
    if (isChanging) this.#timer = setTimeout(() => void this.ask(), askEvery)
  }

  /** Opens another link: the address shows it, and the host is asked. */
  open(link: GuestLink): void {
    history.pushState(null, "", formatGuestLink(link))
    this.#follow(link)
  }

  /** Goes in. The name and the colour are remembered. */
  enter(person: { name: string; peer: number }): void {
    const { place, link } = this.snapshot()
    if (place.kind !== "invited") return
    if (this.#timer !== null) clearTimeout(this.#timer)
    const guest = this.#remember(person)
    if (isFolderRoom(place.invitation.room)) {
      this.#enterFolder(place.invitation, { ...person, id: guest.id })
      return
    }
    const session = new DocumentSession({
      url: webSocketOrigin(this.#location.origin),
      token: link.token ?? "",
      room: place.invitation.room,
      person: { ...person, id: guest.id },
      kind: "guest",
      role: place.invitation.role,
      onMoved: (to) => this.#moving.begin(to),
    })
    const unsent = new UnsentWords(session)
    this.#change({ place: { kind: "inside", invitation: place.invitation, session, unsent } })
  }

  #enterFolder(invitation: Invitation, person: SessionPerson): void {
    const { link } = this.snapshot()
    const folder = new GuestFolder({
      origin: this.#location.origin,
      token: link.token ?? "",
      room: invitation.room,
      person,
      role: invitation.role,
      file: readGuestFile(this.#location.hash),
      onMoved: (to) => this.#moving.begin(to),
      opened: (file) => history.replaceState(null, "", formatGuestFile(link, file)),
    })
    this.#change({ place: { kind: "in-folder", invitation, folder } })
  }

  setPerson(person: { name: string; peer: number }): void {
    const { id } = this.#remember(person)
    const { place } = this.snapshot()
    if (place.kind === "inside") place.session.setPerson({ ...person, id })
    if (place.kind === "in-folder") place.folder.setPerson({ ...person, id })
  }

  setTheme(theme: ThemeChoice): void {
    const guest = { ...this.snapshot().guest, theme }
    rememberGuest(guest)
    this.#change({ guest })
  }

  #remember(person: { name: string; peer: number }): GuestMemory {
    const guest = { ...this.snapshot().guest, ...person }
    rememberGuest(guest)
    this.#change({ guest })
    return guest
  }

  #follow(link: GuestLink): void {
    const { place, link: before } = this.snapshot()
    if (link.room === before.room && link.token === before.token) return
    this.#moving.stop()
    if (place.kind === "inside") place.session.destroy()
    if (place.kind === "in-folder") place.folder.destroy()
    this.#change({ link, place: { kind: "asking" } })
    void this.ask()
  }

  #holdBack(event: BeforeUnloadEvent): void {
    const { place } = this.snapshot()
    if (isIn(place) && !this.#isSettled()) event.preventDefault()
  }

  /** Whether the host has every word of this tab. */
  #isSettled(): boolean {
    const { place } = this.snapshot()
    if (place.kind === "inside") return place.session.snapshot().changes === 0
    return place.kind !== "in-folder" || !place.folder.hasUnsentWords
  }

  /** The host is another one: its own page goes on, with the same name and the same file. */
  #goTo({ origin, token }: { origin: string; token: string }): void {
    const { link, guest, place } = this.snapshot()
    const file = place.kind === "in-folder" ? (place.folder.snapshot()?.session.room ?? null) : null
    const there = formatArrival({ link: { room: link.room, token }, file, guest })
    this.#location.replace(`${origin}/${there}`)
  }

  #change(change: Partial<GuestView>): void {
    this.set({ ...this.snapshot(), ...change })
  }
}

function isIn(place: GuestPlace): boolean {
  return place.kind === "inside" || place.kind === "in-folder"
}

function placeFor(link: GuestLink, answer: InvitationAnswer): GuestPlace {
  // A host without access control answers without a token; any other wants a link first.
  if (link.token === null && answer.kind === "ended") return { kind: "no-link" }
  if (link.room === null && answer.kind === "invited") return { kind: "which" }
  if (link.room === null && answer.kind === "elsewhere") return { kind: "refused", why: "broken" }
  return answer.kind === "invited"
    ? { kind: "invited", invitation: answer.invitation }
    : { kind: "refused", why: answer.kind }
}

/** The colour to begin with: the remembered one unless somebody inside has it, else the first free one. */
export function firstPeer(guest: GuestMemory, people: Invitation["people"]): number {
  const used = people.map((person) => person.peer)
  return guest.peer !== null && !used.includes(guest.peer) ? guest.peer : freePeer(used)
}
