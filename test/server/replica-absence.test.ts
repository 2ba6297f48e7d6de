import { describe, expect, test } from "vitest"
import type { Absence } from "../../protocol/absence.ts"
import { formatInviteLink } from "../../protocol/invite.ts"
import { joinedPair, room, startAgain, Window, whenAlike } from "./support/replicated.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

async function whenAbsence(server: TestServer, wanted: Partial<Absence>): Promise<Absence> {
  let absence: Absence | null = null
  await waitFor(
    async () => {
      absence = await server.server.replicas.absences.read(room)
      return Object.entries(wanted).every(([key, value]) => Reflect.get(absence ?? {}, key) === value)
    },
    () => `the absence is ${JSON.stringify(wanted)}, it is ${JSON.stringify(absence)}`,
  )
  if (absence === null) throw new Error("No absence")
  return absence
}

/** The joiner stops, both sides write, and the joiner's server starts again. */
async function bothWrote(): Promise<{ joiner: TestServer; told: string[]; above: Window }> {
  const { host, joiner } = await joinedPair()
  const below = await Window.open(joiner)
  below.write("start;")
  await below.whenSaved()
  await host.stop()
  below.write("joiner;")
  await below.whenDurable()
  await joiner.stop()
  const hostAgain = await startAgain(host)
  const above = await Window.open(hostAgain)
  await above.whenText("start;")
  above.write("host;")
  await above.whenDurable()
  const told: string[] = []
  const joinerAgain = await startServer({
    dataDir: joiner.dataDir,
    events: {
      fileStatus: () => undefined,
      fileNotice: () => undefined,
      storeTrouble: () => undefined,
      joinedMoved: () => undefined,
      knocks: () => undefined,
      absence: (name) => told.push(name),
    },
  })
  return { joiner: joinerAgain, told, above }
}

describe("what others wrote while the host was out of reach", () => {
  test("is told once both sides are together, with one's own words in both texts", async () => {
    const { joiner, told, above } = await bothWrote()
    const below = await Window.open(joiner)
    await whenAlike(above, below)
    const absence = await whenAbsence(joiner, { before: "start;joiner;", since: null })
    expect(absence.after).toBe(below.text.toString())
    expect(absence.unknownWriters).toEqual([above.doc.clientID])
    expect(told).toEqual([room])
  })

  test("is kept over a restart until a person has seen it", async () => {
    const { joiner } = await bothWrote()
    const { until } = await whenAbsence(joiner, { before: "start;joiner;" })
    await joiner.stop()
    const again = await startServer({ dataDir: joiner.dataDir })
    const absence = await whenAbsence(again, { before: "start;joiner;", until })
    await again.server.replicas.absences.dismiss(room, until - 1)
    await whenAbsence(again, { until })
    await again.server.replicas.absences.dismiss(room, absence.until)
    expect(await again.server.replicas.absences.read(room)).toBeNull()
  })

  test("is nothing where another link takes the place of one that was there", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    above.write("start;")
    const below = await Window.open(joiner)
    await below.whenText("start;")
    await below.whenSaved()
    const token = await host.token("editor", room)
    await joiner.server.replicas.join(formatInviteLink({ origin: host.httpUrl, room, token }))
    above.write("host;")
    await below.whenText("start;host;")
    await below.whenSaved()
    // The end of the link would tell what it has to tell.
    await joiner.stop()
    const again = await startAgain(joiner)
    expect(await again.server.replicas.absences.read(room)).toBeNull()
  })

  test("is nothing where a document is joined for the first time, or nobody else wrote", async () => {
    const { host, joiner } = await joinedPair()
    const above = await Window.open(host)
    above.write("from the host")
    const below = await Window.open(joiner)
    await below.whenText("from the host")
    await joiner.stop()
    const again = await startAgain(joiner)
    const back = await Window.open(again)
    await back.whenSaved()
    expect(await again.server.replicas.absences.read(room)).toBeNull()
  })
})
