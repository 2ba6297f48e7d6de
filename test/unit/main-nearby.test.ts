import type { NetworkInterfaceInfo } from "node:os"
import { decode, encode, type Packet } from "dns-packet"
import { describe, expect, test } from "vitest"
import {
  type Announcement,
  answersFor,
  asksForUs,
  goodbyesFor,
  instanceName,
  readServices,
  roomDigest,
  serviceType,
} from "../../main/nearby/dns-sd.ts"
import { linksOf } from "../../main/nearby/multicast.ts"
import { Limits } from "../../protocol/limits.ts"

const host = "manyhands-1234.local"
const announcement: Announcement = {
  id: "abcdefghijkl",
  title: "Estuary guide",
  by: "Mira",
  kind: "folder",
  roomDigest: roomDigest("abcdefghijklmnopqrst"),
  port: 5000,
}

/** What a computer at 10.0.0.9 reads of what is said on the wire. */
function read(packet: Packet) {
  return readServices(decode(encode(packet)), "10.0.0.9")
}

function said(...announcements: Announcement[]): Packet {
  return {
    type: "response",
    answers: answersFor(announcements, { host, addresses: ["10.0.0.9", "192.168.1.7", "fd00::7"] }),
  }
}

describe("what is shared nearby", () => {
  test("is read as it was said, with every address at which it can be reached", () => {
    const { found, gone } = read(said(announcement))
    expect(gone).toEqual([])
    expect(found).toEqual([
      {
        ...announcement,
        name: instanceName(announcement),
        addresses: ["10.0.0.9", "192.168.1.7", "fd00::7"],
      },
    ])
  })

  test.each(["v1.2 notes.", "本".repeat(80), `${"👩‍🚀".repeat(30)}`, "x".repeat(Limits.titleLength), " "])(
    "may be called %j",
    (title) => {
      const { found } = read(said({ ...announcement, title }))
      expect(found).toHaveLength(1)
      expect(title.startsWith(found[0]?.title ?? "?")).toBe(true)
      // Half of a character would not survive the way to UTF-8.
      expect(Buffer.from(found[0]?.title ?? "").toString()).toBe(found[0]?.title)
    },
  )

  test("two of one title are two", () => {
    const { found } = read(said(announcement, { ...announcement, id: "zyxwvutsrq" }))
    expect(found.map(({ id }) => id)).toEqual(["abcdefghijkl", "zyxwvutsrq"])
    expect(new Set(found.map(({ name }) => name)).size).toBe(2)
  })

  test("says goodbye by its name", () => {
    expect(read({ type: "response", answers: goodbyesFor([announcement]) })).toEqual({
      found: [],
      gone: [instanceName(announcement)],
    })
  })

  test("tells nothing of the room to who does not know it", () => {
    expect(JSON.stringify(said(announcement))).not.toContain("abcdefghijklmnopqrst")
  })

  test("is told to who asks for such services, and to nobody else", () => {
    const asks = (name: string) =>
      asksForUs({ type: "query", questions: [{ type: "PTR", name }] }, [announcement], host)
    expect(asks(serviceType)).toBe(true)
    expect(asks("_Manyhands._TCP.local")).toBe(true)
    expect(asks("_services._dns-sd._udp.local")).toBe(true)
    expect(asks(host)).toBe(true)
    expect(asks("_ipp._tcp.local")).toBe(false)
    expect(asksForUs({ type: "query" }, [announcement], host)).toBe(false)
  })

  test.each([
    { what: "another kind of thing", texts: ["id=a", "title=b", "by=c", "kind=printer", "room=d"] },
    { what: "no title", texts: ["id=a", "by=c", "kind=file", "room=d"] },
    {
      what: "an id that is too long",
      texts: [`id=${"a".repeat(65)}`, "title=b", "by=c", "kind=file", "room=d"],
    },
    { what: "no text at all", texts: [""] },
  ])("with $what is none of ours", ({ texts }) => {
    const answers = answersFor([announcement], { host, addresses: [] }).map((answer) =>
      answer.type === "TXT" ? { ...answer, data: texts } : answer,
    )
    expect(read({ type: "response", answers }).found).toEqual([])
  })

  test("an address that says nothing without its interface is not tried", () => {
    const answers = answersFor([announcement], { host, addresses: ["fe80::1", "10.0.0.7"] })
    expect(readServices({ type: "response", answers }, "fe80::2%eth0").found[0]?.addresses).toEqual([
      "10.0.0.7",
    ])
  })
})

describe("the networks of this computer", () => {
  function info(address: string, internal = false): NetworkInterfaceInfo {
    const common = { address, internal, netmask: "", mac: "", cidr: null }
    return address.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" }
  }
  const interfaces = {
    lo: [info("127.0.0.1", true), info("::1", true)],
    eth0: [info("192.168.1.7"), info("fe80::7"), info("fd00::7")],
    wlan0: [info("10.0.0.7")],
    tun0: [info("fe80::9")],
  }

  test("each is spoken on in every family that it has, with the addresses of that network alone", () => {
    expect(linksOf(interfaces, null)).toEqual([
      { name: "eth0", family: "IPv4", address: "192.168.1.7", addresses: ["192.168.1.7", "fd00::7"] },
      { name: "eth0", family: "IPv6", address: "fe80::7", addresses: ["192.168.1.7", "fd00::7"] },
      { name: "wlan0", family: "IPv4", address: "10.0.0.7", addresses: ["10.0.0.7"] },
      { name: "tun0", family: "IPv6", address: "fe80::9", addresses: [] },
    ])
  })

  test("the one that is wanted is the only one", () => {
    expect(linksOf(interfaces, "127.0.0.1")).toEqual([
      { name: "lo", family: "IPv4", address: "127.0.0.1", addresses: ["127.0.0.1"] },
    ])
  })
})
