import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, beforeAll, expect, test } from "vitest"
import { z } from "zod"
import { waitFor } from "../server/support/wait-for.ts"
import { canMakeNamespaces } from "./network/namespaces.ts"

const isPossible = canMakeNamespaces()
const mark = `${process.pid % 10_000}`
const names = { host: `mhn-host-${mark}`, old: `mhn-old-${mark}`, new: `mhn-new-${mark}` }
const seenList = z.array(z.object({ title: z.string(), host: z.string() }))
const children: ChildProcess[] = []
let folder = ""
let host: ChildProcess

/** The host has two cards: on one network there is IPv4, on the other one IPv6 alone. */
beforeAll(async () => {
  if (!isPossible) return
  folder = mkdtempSync(join(tmpdir(), "manyhands-nearby-"))
  for (const name of Object.values(names)) ip("netns", "add", name)
  cable("old", "wired")
  cable("new", "wireless")
  inside("host", "addr", "add", "10.77.41.1/24", "dev", "wired")
  inside("old", "addr", "add", "10.77.41.2/24", "dev", "wired")
  // Without `nodad` an address is of no use in its first seconds.
  inside("host", "addr", "add", "fd77:42::1/64", "dev", "wireless", "nodad")
  inside("new", "addr", "add", "fd77:42::2/64", "dev", "wireless", "nodad")
  host = start("host", "nearby-host.ts")
  await new Promise<void>((done) => host.stdout?.once("data", () => done()))
})

afterAll(() => {
  if (!isPossible) return
  for (const child of children) child.kill("SIGKILL")
  for (const name of Object.values(names)) spawnSync("ip", ["netns", "del", name])
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!isPossible)(
  "a host is found on both of its networks, over IPv4 and IPv6, at a new address too, and not after its end",
  async () => {
    const onOld = look("old")
    const onNew = look("new")
    await whenSeen(onOld, [{ title: "Tides", host: "10.77.41.1" }])
    await whenSeen(onNew, [{ title: "Tides", host: "[fd77:42::1]" }])
    inside("host", "addr", "del", "10.77.41.1/24", "dev", "wired")
    inside("host", "addr", "add", "10.77.41.9/24", "dev", "wired")
    await whenSeen(onOld, [{ title: "Tides", host: "10.77.41.9" }])
    await whenSeen(onNew, [{ title: "Tides", host: "[fd77:42::1]" }])
    host.kill("SIGKILL")
    await whenSeen(onOld, [])
    await whenSeen(onNew, [])
  },
)

type Place = keyof typeof names

function cable(to: Place, card: string): void {
  ip("link", "add", card, "netns", names.host, "type", "veth", "peer", "name", card, "netns", names[to])
  for (const place of ["host", to] as const) {
    inside(place, "link", "set", card, "up")
    inside(place, "link", "set", "lo", "up")
  }
}

function inside(place: Place, ...words: string[]): void {
  ip("-n", names[place], ...words)
}

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] })
}

function start(place: Place, program: string): ChildProcess {
  const words = [
    "netns",
    "exec",
    names[place],
    process.execPath,
    resolve(import.meta.dirname, "network", program),
  ]
  const env = { ...process.env, DATA_DIR: join(folder, place) }
  const child = spawn("ip", words, { env, stdio: ["ignore", "pipe", "ignore"] })
  children.push(child)
  return child
}

/** What somebody there sees now. */
function look(place: Place): () => unknown {
  const child = start(place, "nearby-guest.ts")
  let seen: unknown = null
  if (child.stdout === null) throw new Error("It says what it sees")
  createInterface({ input: child.stdout }).on("line", (line) => {
    seen = seenList.parse(JSON.parse(line))
  })
  return () => seen
}

async function whenSeen(
  seen: () => unknown,
  wanted: readonly { title: string; host: string }[],
): Promise<void> {
  await waitFor(
    () => JSON.stringify(seen()) === JSON.stringify(wanted),
    () => `${JSON.stringify(wanted)} is seen; it is ${JSON.stringify(seen())}`,
  )
  expect(seen()).toEqual(wanted)
}
