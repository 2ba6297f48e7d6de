/**
 * The safety light: what it shows and says, worked out from what is known, and nothing else. It never says that words
 * are somewhere before that place has confirmed it. Words already confirmed stay said for `savingAfter`, so that an
 * ordinary save shows nothing.
 */
import type { ErrorReport } from "../../protocol/errors.ts"
import { HostState } from "../../protocol/message.ts"
import type { SessionSnapshot } from "./session-snapshot.ts"

export type LightShape = "dot" | "dot-ring" | "dot-broken-ring" | "arc" | "triangle"
export type LightTone = "good" | "waiting" | "bad"

export interface Light {
  shape: LightShape
  tone: LightTone
  /** Stands beside the shape. */
  words: string
  /** Stands in the popover. */
  sentence: string
  /** To be announced at once, and once: words are in danger. */
  assertive: boolean
}

export interface LightInput {
  snapshot: SessionSnapshot
  kind: "desktop" | "guest"
  /** Why the document's file cannot be written; its words are in the store all the same. */
  fileTrouble: ErrorReport | null
  /** Why the store takes no writes. */
  storeTrouble: ErrorReport | null
  /** Whether others reach the document through this computer. */
  shared: boolean
  /** The host as people know it. */
  hostName: string
  folderTitle: string
  /** Milliseconds since 1970. */
  now: number
}

/** Times in milliseconds after which silence is shown. */
export const LightDelay = {
  saving: 400,
  waiting: 3000,
  /** The computer's own store is never this slow: something is wrong with it. */
  stuck: 10_000,
} as const

/** What the light shows now. */
export function light(input: LightInput): Light {
  return input.kind === "guest" ? guestLight(input) : desktopLight(input)
}

/**
 * When the light will show something else although nothing happens: milliseconds since 1970, or null. Minutes that are
 * counted in a sentence are among it.
 */
export function nextLightChange(input: LightInput): number | null {
  const { waitingSince, hostSince } = input.snapshot
  const times = [waitingSince, hostSince].flatMap((since) => {
    if (since === null) return []
    const minutes = Math.max(1, Math.floor((input.now - since) / 60_000) + 1)
    return [...Object.values(LightDelay), minutes * 60_000].map((delay) => since + delay)
  })
  const later = times.filter((time) => time > input.now)
  return later.length === 0 ? null : Math.min(...later)
}

function guestLight(input: LightInput): Light {
  const { snapshot, hostName } = input
  const waited = elapsed(snapshot.waitingSince, input.now)
  if (snapshot.connection === "refused") return refusedLight(snapshot)
  if (snapshot.changes > 0 && waited >= LightDelay.waiting) {
    return bad(
      "Not saved: no connection to the host",
      `${lastChanges(snapshot.changes)} only in this tab. They go when the host answers. Keep the tab open.`,
    )
  }
  if (!snapshot.loaded) return opening
  if (snapshot.changes > 0 && waited >= LightDelay.saving) return saving("On the way to the host.")
  if (waited >= LightDelay.waiting) {
    return {
      shape: "dot-broken-ring",
      tone: "waiting",
      words: "Waiting for the host",
      sentence: `${silence(waited)} Every word of yours is there. Nothing to do.`,
      assertive: false,
    }
  }
  return good(
    "dot-ring",
    "Saved at the host",
    `Every word is at the host. Host: ${hostName}. You can close the tab.`,
  )
}

function refusedLight(snapshot: SessionSnapshot): Light {
  if (snapshot.changes > 0) {
    return bad(
      "Not saved: the host has closed this document",
      `${lastChanges(snapshot.changes)} only in this tab. Save a copy of them. Keep the tab open.`,
    )
  }
  return {
    shape: "dot-broken-ring",
    tone: "waiting",
    words: "The host has closed this document",
    sentence: "Every word of yours is at the host.",
    assertive: false,
  }
}

function desktopLight(input: LightInput): Light {
  const { snapshot } = input
  const trouble = input.storeTrouble ?? input.fileTrouble
  if (trouble !== null) return troubleLight(input, trouble)
  const waited = elapsed(snapshot.waitingSince, input.now)
  if (waited >= LightDelay.stuck && snapshot.changes > 0) {
    return bad(
      "Not saved: trying again",
      `${lastChanges(snapshot.changes)} only in ${windows(input)}. They are saved as soon as the disk answers. Keep the window open.`,
    )
  }
  if (!snapshot.loaded) return opening
  if (waited >= LightDelay.saving) return saving("On the way to the disk of this computer.")
  return snapshot.host === null || snapshot.host.state === HostState.None ? ownLight(input) : hostLight(input)
}

function ownLight(input: LightInput): Light {
  const sharing = input.shared ? "Others write with you through this computer." : "This folder is not shared."
  return good("dot", "Saved here", `${everyWordHere} ${place(input)}${sharing}`)
}

function hostLight(input: LightInput): Light {
  const { host, hostSince } = input.snapshot
  if (host?.state === HostState.Ended) {
    return good(
      "dot",
      "Saved here",
      `${everyWordHere} ${input.hostName} has closed this document; it stays here.`,
    )
  }
  const waiting = host?.waiting ?? 0
  const waited = elapsed(hostSince, input.now)
  if (host?.state !== HostState.Saved && waited >= LightDelay.waiting) return waitingLight(waiting, waited)
  const atHost = host?.state === HostState.Saved || (host?.state === HostState.Away && waiting === 0)
  if (!atHost && waited >= LightDelay.saving) {
    return good("dot", "Saved here", `${everyWordHere} On the way to the host. Host: ${input.hostName}.`)
  }
  return good(
    "dot-ring",
    "Saved here and at the host",
    `Every word is on this computer and at the host. Host: ${input.hostName}. You can close the lid.`,
  )
}

function waitingLight(waiting: number, waited: number): Light {
  const goes = waiting === 1 ? "1 change goes there by itself" : `${waiting} changes go there by themselves`
  return {
    shape: "dot-broken-ring",
    tone: "waiting",
    words: `Saved here. ${waiting === 0 ? "Waiting" : `${changes(waiting)} ${waiting === 1 ? "waits" : "wait"}`} for the host`,
    sentence: `${everyWordHere} ${silence(waited)} ${waiting === 0 ? "" : `${goes} when it does. `}Nothing to do.`,
    assertive: false,
  }
}

function troubleLight(input: LightInput, trouble: ErrorReport): Light {
  const { snapshot } = input
  const full = trouble.code === "STORE_FULL" || trouble.code === "FILE_DISK_FULL"
  if (full && snapshot.host?.state === HostState.Saved && snapshot.changes === 0) {
    return bad(
      "Not saved here: the disk is full. The host has it all",
      "Free some space and it is saved here at once.",
    )
  }
  // What the store has taken is safe from a crash, whatever is wrong with the file.
  const stands = snapshot.settled
    ? "Until then Manyhands keeps your changes on this computer."
    : `${lastChanges(snapshot.changes)} only in ${windows(input)}.`
  switch (trouble.code) {
    case "STORE_FULL":
    case "FILE_DISK_FULL":
      return bad("Not saved: the disk is full", fullSentence(stands, snapshot.settled))
    case "FILE_NOT_FOUND":
      return bad("Not saved: the file is gone", missingSentence(stands, snapshot.settled))
    case "FILE_FOLDER_GONE":
      return bad("Not saved: the folder is gone", goneSentence(input))
    case "FILE_NOT_WRITABLE":
    case "FILE_NOT_READABLE":
      return bad(
        "Not saved: this file may not be changed",
        `The system does not let Manyhands write to it. ${stands}`,
      )
    default:
      return bad("Not saved: the disk does not take it", `${stands} Manyhands tries again by itself.`)
  }
}

function fullSentence(stands: string, settled: boolean): string {
  if (settled) return `Free some space and your changes are saved in the file at once. ${stands}`
  return `${stands} Free some space and they are saved at once. Keep the window open.`
}

function missingSentence(stands: string, settled: boolean): string {
  const words = settled ? "Your words are kept." : stands
  return `Another program deleted it or moved it away. ${words} Put it back, or close it.`
}

function goneSentence(input: LightInput): string {
  const folder = input.folderTitle === "" ? "The folder" : input.folderTitle
  return `${folder} was moved or its drive was taken out. Bring it back, or say where it is now.`
}

const everyWordHere = "Every word is on this computer."

const opening: Light = {
  shape: "arc",
  tone: "waiting",
  words: "Opening",
  sentence: "The text is on its way. You can write when it is here.",
  assertive: false,
}

function saving(sentence: string): Light {
  return { shape: "arc", tone: "waiting", words: "Saving", sentence, assertive: false }
}

function good(shape: "dot" | "dot-ring", words: string, sentence: string): Light {
  return { shape, tone: "good", words, sentence, assertive: false }
}

function bad(words: string, sentence: string): Light {
  return { shape: "triangle", tone: "bad", words, sentence, assertive: true }
}

function place(input: LightInput): string {
  return input.folderTitle === "" ? "" : `In ${input.folderTitle}, on your own disk. `
}

/** Whoever hosts has others' words in open windows too. */
function windows(input: LightInput): string {
  return input.shared ? "open windows" : "this window"
}

function lastChanges(count: number): string {
  if (count <= 1) return "Your last change is"
  return `Your last ${count} changes are`
}

function changes(count: number): string {
  return count === 1 ? "1 change" : `${count} changes`
}

function silence(waited: number): string {
  const minutes = Math.floor(waited / 60_000)
  if (minutes === 0) return "The host has not answered for a moment."
  if (minutes < 120)
    return `The host has not answered for ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`
  return `The host has not answered for ${Math.floor(minutes / 60)} hours.`
}

function elapsed(since: number | null, now: number): number {
  return since === null ? 0 : now - since
}
