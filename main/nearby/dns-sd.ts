/**
 * What our apps say to each other by DNS-based service discovery (RFC 6763) over multicast DNS (RFC 6762). One service is one
 * document or folder that somebody shares with people nearby:
 *
 *   PTR  _manyhands._tcp.local                    -> INSTANCE._manyhands._tcp.local
 *   SRV  INSTANCE._manyhands._tcp.local           -> HOST.local, port
 *   TXT  INSTANCE._manyhands._tcp.local           -> id=… title=… by=… kind=file|folder lock=ask room=…
 *   A, AAAA  HOST.local                           -> the addresses of the interface that it is said on
 *
 * `id` names it in the host's HTTP API. `room` is a digest of the room's name, which says nothing to whoever does not know
 * the room, and to those who were in it, that it is the same.
 */
import { createHash } from "node:crypto"
import type { Answer, Packet, StringAnswer } from "dns-packet"
import { z } from "zod"
import { Limits } from "../../protocol/limits.ts"

export const serviceType = "_manyhands._tcp.local"
const everyType = "_services._dns-sd._udp.local"
/** Seconds, as RFC 6762 recommends them: for what names a host, and for everything else. */
const hostTtl = 120
const serviceTtl = 4500
/** What one label of a name and one string of a TXT record may hold, in bytes of UTF-8. */
const labelBytes = 63
const textBytes = 255

export interface Announcement {
  id: string
  title: string
  by: string
  kind: "file" | "folder"
  roomDigest: string
  port: number
}

export interface FoundService {
  /** The name of the instance: goodbyes say only that. */
  name: string
  id: string
  title: string
  by: string
  kind: "file" | "folder"
  roomDigest: string
  port: number
  addresses: string[]
}

export function roomDigest(room: string): string {
  return createHash("sha256").update(`nearby:${room}`).digest("base64url").slice(0, 22)
}

/** The name under which a service is listed anywhere; the end of it keeps two of one title apart. */
export function instanceName({ id, title, by }: Announcement): string {
  const mark = ` (${id.slice(0, 4)})`
  // A dot would end the label.
  const words = `${title}, ${by}`.replaceAll(".", " ")
  return `${cutBytes(words, labelBytes - Buffer.byteLength(mark))}${mark}.${serviceType}`
}

/** Every record of the services, as said on an interface with these addresses. */
export function answersFor(
  announcements: readonly Announcement[],
  { host, addresses }: { host: string; addresses: readonly string[] },
): Answer[] {
  if (announcements.length === 0) return []
  return [
    { type: "PTR", name: everyType, ttl: serviceTtl, data: serviceType },
    ...announcements.flatMap((announcement) => serviceRecords(announcement, host)),
    ...addresses.map((address): Answer => {
      const type = address.includes(":") ? "AAAA" : "A"
      return { type, name: host, ttl: hostTtl, data: address, flush: true }
    }),
  ]
}

function serviceRecords(announcement: Announcement, host: string): Answer[] {
  const name = instanceName(announcement)
  const { id, title, by, kind, roomDigest: room, port } = announcement
  const data = Object.entries({ id, title, by, kind, lock: "ask", room }).map(([key, value]) =>
    cutBytes(`${key}=${value}`, textBytes),
  )
  return [
    { type: "PTR", name: serviceType, ttl: serviceTtl, data: name },
    { type: "SRV", name, ttl: hostTtl, data: { target: host, port, priority: 0, weight: 0 }, flush: true },
    { type: "TXT", name, ttl: serviceTtl, data, flush: true },
  ]
}

/** Says that these services are gone. */
export function goodbyesFor(announcements: readonly Announcement[]): StringAnswer[] {
  return announcements.map((announcement) => ({
    type: "PTR",
    name: serviceType,
    ttl: 0,
    data: instanceName(announcement),
  }))
}

/** Whether somebody asks for what we say. */
export function asksForUs({ questions }: Packet, ours: readonly Announcement[], host: string): boolean {
  const names = new Set(
    [serviceType, everyType, host, ...ours.map(instanceName)].map((name) => name.toLowerCase()),
  )
  return (questions ?? []).some(({ name }) => names.has(name.toLowerCase()))
}

const texts = z.object({
  id: z.string().min(1).max(64),
  title: z.string().min(1).max(Limits.titleLength),
  by: z.string().max(Limits.personNameLength),
  kind: z.enum(["file", "folder"]),
  room: z.string().max(64),
})

/** What a packet tells of our services. `from` is who sent it, which is an address at which they can be reached. */
export function readServices(packet: Packet, from: string): { found: FoundService[]; gone: string[] } {
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])]
  const pointers = records.flatMap((record) =>
    record.type === "PTR" && record.name.toLowerCase() === serviceType
      ? [{ name: record.data, isGone: record.ttl === 0 }]
      : [],
  )
  return {
    found: pointers.flatMap(({ name, isGone }) => (isGone ? [] : (serviceOf(name, records, from) ?? []))),
    gone: pointers.flatMap(({ name, isGone }) => (isGone ? [name] : [])),
  }
}

/** Null: the packet does not hold all of it, or it makes no sense. */
function serviceOf(name: string, records: readonly Answer[], from: string): FoundService | null {
  const srv = records.find((record) => record.type === "SRV" && record.name === name)
  const txt = records.find((record) => record.type === "TXT" && record.name === name)
  if (srv?.type !== "SRV" || txt?.type !== "TXT" || srv.ttl === 0) return null
  const parsed = texts.safeParse(Object.fromEntries(textPairs(txt.data)))
  if (!parsed.success) return null
  const { target, port } = srv.data
  const addresses = records.flatMap((record) =>
    (record.type === "A" || record.type === "AAAA") && record.name === target ? [record.data] : [],
  )
  const { room, ...said } = parsed.data
  return { name, ...said, roomDigest: room, port, addresses: reachable([from, ...addresses]) }
}

/** Those that can stand in a link: a link-local IPv6 address means nothing without the interface. */
function reachable(addresses: readonly string[]): string[] {
  const usable = addresses.filter((address) => !/^fe[89ab]/i.test(address) && !address.includes("%"))
  return [...new Set(usable)].slice(0, mostAddresses)
}

/** More addresses than that no host has; each is tried. */
const mostAddresses = 8

function textPairs(data: unknown): [string, string][] {
  const strings = Array.isArray(data) ? data : [data]
  return strings.flatMap((bytes): [string, string][] => {
    const text = Buffer.isBuffer(bytes) ? bytes.toString("utf8") : typeof bytes === "string" ? bytes : ""
    const at = text.indexOf("=")
    return at > 0 ? [[text.slice(0, at), text.slice(at + 1)]] : []
  })
}

/** The beginning of the text that is so many bytes of UTF-8, and no half of a character at its end. */
function cutBytes(text: string, bytes: number): string {
  let end = text.length
  while (Buffer.byteLength(text.slice(0, end)) > bytes) end -= 1
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, "")
}
