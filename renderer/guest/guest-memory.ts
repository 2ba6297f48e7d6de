import { z } from "zod"
import { type ThemeChoice, themeChoices } from "../../protocol/ipc.ts"
import { Limits } from "../../protocol/limits.ts"
import { peerColours } from "../../protocol/presence.ts"

/** What this browser remembers of its guest. Nothing else is kept, and nothing leaves it by itself. */
const memory = z.object({
  id: z.string().min(1).max(64),
  name: z.string().max(Limits.personNameLength),
  /** Null: none was chosen yet. */
  peer: z.number().int().min(1).max(peerColours.length).nullable(),
  theme: z.enum(themeChoices),
})
export interface GuestMemory {
  id: string
  name: string
  peer: number | null
  theme: ThemeChoice
}

const key = "manyhands:guest"

export function recallGuest(): GuestMemory {
  const stored = memory.safeParse(parseJson(read()))
  return stored.success ? stored.data : { id: newId(), name: "", peer: null, theme: "system" }
}

export function rememberGuest(guest: GuestMemory): void {
  try {
    localStorage.setItem(key, JSON.stringify(guest))
  } catch {
    // A browser that keeps nothing for this page (private windows, blocked storage): the guest is asked again next time.
  }
}

function read(): string {
  try {
    return localStorage.getItem(key) ?? ""
  } catch {
    return "" // blocked storage: the same as a first visit
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // nothing stored, or not by us
  }
}

/** `crypto.randomUUID` is missing on an http:// page; this is not. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
