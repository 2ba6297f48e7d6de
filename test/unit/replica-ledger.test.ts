import fc from "fast-check"
import { expect, test } from "vitest"
import { Backoff } from "../../sync-server/replica/backoff.ts"
import { HostLedger } from "../../sync-server/replica/host-ledger.ts"
import { hostName } from "../../sync-server/replica/host-name.ts"

/** What happens to a link, in any order. */
const event = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ name: "change" as const }) },
  { weight: 2, arbitrary: fc.constant({ name: "from the host" as const }) },
  { weight: 3, arbitrary: fc.nat({ max: 20 }).map((back) => ({ name: "confirm" as const, back })) },
  { weight: 1, arbitrary: fc.constant({ name: "cut" as const }) },
  { weight: 2, arbitrary: fc.constant({ name: "connect" as const }) },
)

test("never holds what the host has not confirmed, and always what it has", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 3_000 }), (events) => {
      const ledger = new HostLedger()
      // The plain truth, kept at length: every message with what it reached, and which changes are at the host.
      let sequence = 0
      let connected = false
      let messages: number[] = []
      let confirmed = 0
      let changes: number[] = []
      for (const what of events) {
        if (what.name === "change" || what.name === "from the host") sequence += 1
        if (what.name === "change") {
          ledger.add()
          changes.push(sequence)
        }
        if (what.name === "cut") {
          connected = false
          messages = []
          confirmed = 0
          ledger.disconnect()
        }
        const sends = connected ? what.name === "change" : what.name === "connect"
        if (sends) {
          connected = true
          messages.push(sequence)
          ledger.brought(sequence)
        }
        if (what.name === "from the host" && connected && ledger.inFlight === 0) {
          messages.push(sequence)
          ledger.asked(sequence)
        }
        if (what.name === "confirm" && connected) {
          confirmed = Math.max(confirmed, messages.length - what.back)
          ledger.confirm(confirmed)
          const reached = messages[confirmed - 1] ?? -1
          changes = changes.filter((change) => change > reached)
        }
        const reached = messages[confirmed - 1] ?? -1
        // A stuck host is told apart less finely, and then only too carefully.
        if (messages.length - confirmed < 1_000) {
          expect(ledger.waiting).toBe(changes.length)
          expect(ledger.holds(sequence)).toBe(connected && reached >= sequence)
        } else {
          expect(ledger.waiting).toBeGreaterThanOrEqual(changes.length)
          expect(ledger.holds(sequence)).toBe(false)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test("a host that never confirms costs no memory without bound, and nothing is forgotten", () => {
  const ledger = new HostLedger()
  ledger.brought(0)
  for (let sequence = 1; sequence <= 5_000; sequence += 1) {
    ledger.add()
    ledger.brought(sequence)
  }
  expect(ledger.inFlight).toBeLessThanOrEqual(1_000)
  expect(ledger.waiting).toBe(5_000)
  ledger.confirm(5_000)
  expect(ledger.holds(5_000)).toBe(false)
  ledger.confirm(5_001)
  expect(ledger.waiting).toBe(0)
  expect(ledger.holds(5_000)).toBe(true)
})

test("changes that nobody counted are at least one", () => {
  const ledger = new HostLedger()
  ledger.addUnknown()
  ledger.addUnknown()
  expect(ledger.waiting).toBe(1)
  ledger.add()
  ledger.addUnknown()
  expect(ledger.waiting).toBe(2)
})

test("waits double up to the bound, spread over all of it, and begin anew", () => {
  let random = 1
  const backoff = new Backoff({ baseMs: 250, capMs: 30_000, random: () => random })
  const bounds = Array.from({ length: 12 }, () => backoff.next())
  expect(bounds).toEqual([
    250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000,
  ])
  random = 0.25
  expect(backoff.next()).toBe(7_500)
  backoff.reset()
  expect(backoff.next()).toBe(62.5)
  for (let tries = 0; tries < 2_000; tries += 1) expect(backoff.next()).toBeLessThanOrEqual(7_500)
})

test.each([
  { origin: "http://192.168.1.20:1234", by: "Mira", name: "Mira's computer" },
  { origin: "http://[fe80::1]:1234", by: "Mira", name: "Mira's computer" },
  { origin: "http://mira-laptop.local:1234", by: "Mira", name: "Mira's computer" },
  { origin: "http://mira-laptop:1234", by: "Mira", name: "Mira's computer" },
  { origin: "http://192.168.1.20:1234", by: "", name: "192.168.1.20" },
  { origin: "https://notes.tidewater.example", by: "Mira", name: "notes.tidewater.example" },
])("the host at $origin, invited by $by, is called $name", ({ origin, by, name }) => {
  expect(hostName({ origin, by, hostKind: "computer" })).toBe(name)
})
