import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import type { z } from "zod"
import {
  type KnockAnswer,
  knockAnswer,
  knockMade,
  type NearbySession,
  nearbySession,
} from "../../protocol/api.ts"

const answerMs = 4_000
/** Above the time for which the host itself waits for its person. */
const knockMs = 30_000
const pauseMs = 500
/** No answer of a host is as long; anybody may answer on a network. */
const mostBytes = 64 * 1024

/** Where something that is shared nearby was found to answer. */
export interface Door {
  /** `http://HOST:PORT` */
  origin: string
  id: string
}

/** What the host says of what is shared. Null: nobody answers there, or something else. */
export async function lookIn(door: Door): Promise<NearbySession | null> {
  return ask(nearbySession, pathOf(door), { signal: AbortSignal.timeout(answerMs) })
}

/** Whether the host knows the room, without telling it to anybody who does not. */
export async function knowsRoom(door: Door, room: string): Promise<boolean> {
  const nonce = randomBytes(16).toString("base64url")
  const session = await ask(nearbySession, `${pathOf(door)}?nonce=${nonce}`, {
    signal: AbortSignal.timeout(answerMs),
  })
  const expected = createHmac("sha256", room).update(nonce).digest()
  const proof = Buffer.from(session?.proof ?? "", "base64url")
  return proof.length === expected.length && timingSafeEqual(proof, expected)
}

/** Asks to come in. Null: the host does not take the question. */
export async function knock(door: Door, person: { name: string; peer: number }): Promise<string | null> {
  const made = await ask(knockMade, `${pathOf(door)}/knocks`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(person),
    signal: AbortSignal.timeout(answerMs),
  })
  return made?.knock ?? null
}

/** Waits for the host's person. Null: the host has gone, or forgot the question. */
export async function waitForAnswer(
  door: Door,
  knockId: string,
  signal: AbortSignal,
): Promise<KnockAnswer | null> {
  for (;;) {
    const answer = await ask(knockAnswer, `${pathOf(door)}/knocks/${encodeURIComponent(knockId)}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(knockMs)]),
    })
    if (answer === null || answer.state !== "waiting" || signal.aborted) return answer
    // A host that does not make us wait is not asked all the time.
    await delay(pauseMs)
  }
}

/** Says that one has thought better of it. */
export async function withdraw(door: Door, knockId: string): Promise<void> {
  await fetch(`${pathOf(door)}/knocks/${encodeURIComponent(knockId)}`, {
    method: "DELETE",
    signal: AbortSignal.timeout(answerMs),
  }).catch(() => undefined) // the host has gone, or forgets it by itself
}

function pathOf({ origin, id }: Door): string {
  return `${origin}/api/v1/nearby/${encodeURIComponent(id)}`
}

async function ask<T>(schema: z.ZodType<T>, url: string, init: RequestInit): Promise<T | null> {
  try {
    const response = await fetch(url, { ...init, redirect: "error" })
    const text = await readText(response)
    return response.ok ? schema.parse(JSON.parse(text)) : null
  } catch {
    return null // no answer, or none that makes sense: it is not what was announced
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > mostBytes) throw new Error("The answer is too long")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}
