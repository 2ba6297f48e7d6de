import { expect, test } from "vitest"
import { formatInviteLink } from "../../protocol/invite.ts"
import { HostState } from "../../protocol/message.ts"
import { Tokens } from "../../sync-server/access/tokens.ts"
import { ChildServer } from "./support/child-server.ts"
import { room, Window } from "./support/replicated.ts"
import { startServer, temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const secret = "only-for-this-test-and-long-enough"

test("what the light called safe at the host is on the host's disk, though the host is killed while all write", async () => {
  const dataDir = temporaryFolder()
  const environment = { DATA_DIR: dataDir, AUTH_SECRET: secret }
  const { child, url } = await ChildServer.start(environment)
  const tokens = new Tokens({ secret, revoked: new Set() })
  const { token } = await tokens.sign({ role: "editor", room, title: "Tides", by: "Mira" }, null)
  const joiner = await startServer()
  await joiner.server.replicas.join(formatInviteLink({ origin: url, room, token }))
  const below = await Window.open(joiner)
  const above = new Window(url.replace("http", "ws"), { room, token, durable: 2 })
  await above.whenSynced()
  await below.whenSaved()

  const promised = new Set<string>()
  const note = (): void => {
    const isSafe = below.durable === below.sent && below.host?.state === HostState.Saved
    if (isSafe) for (const text of below.text.toString().split(";")) promised.add(text)
  }
  const write = async (word: number): Promise<void> => {
    below.write(`b${word};`)
    if (word % 3 === 0) above.write(`a${word};`)
    await new Promise((resolve) => setTimeout(resolve, word % 4))
    note()
  }
  let word = 0
  while (word < 60) {
    await write(word++)
    if (word % 6 === 0) await below.whenSaved()
    note()
  }
  await write(word++)
  // It still takes what comes, as a host does whose disk hangs, and is killed before it does anything with it.
  child.freeze()
  while (word < 100) {
    await write(word++)
    if (word % 6 === 0) await below.whenDurable()
    note()
  }
  await child.kill()
  await below.whenHost({ state: HostState.Away })
  const written = below.text.toString()
  await below.whenDurable()
  await joiner.stop()

  const host = await startServer({ dataDir, env: { AUTH_SECRET: secret } })
  const reader = await Window.open(host)
  const kept = new Set(reader.text.toString().split(";"))
  expect(promised.size).toBeGreaterThan(0)
  expect([...promised].filter((text) => !kept.has(text))).toEqual([])

  // And what it had not promised comes from the joiner when that is back, at the host's new address.
  const again = await startServer({ dataDir: joiner.dataDir })
  await again.server.replicas.join(formatInviteLink({ origin: host.httpUrl, room, token }))
  await (await Window.open(again)).whenSaved()
  await waitFor(
    () => {
      const there = new Set(reader.text.toString().split(";"))
      return written.split(";").every((text) => there.has(text))
    },
    () => "the host has every word that the joiner had",
  )
})
