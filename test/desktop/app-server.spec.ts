import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { formatDeepLink, parseInviteLink } from "../../protocol/invite.ts"
import { call, type Desk, type DesktopApp, expect, isRunning, test } from "./support/app.ts"

test("the embedded server is there for the windows, and ends with the app", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const pid = await app.serverPid()
  const { server } = await call(page, "window-state")
  expect(server?.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
  expect(await app.quit()).toBe(0)
  expect(isRunning(pid)).toBe(false)
  expect(await app.logged("ended")).toMatchObject([{ unfinished: [] }])
})

test("the system's request to end is followed as a person's is", async ({ desk }) => {
  const { app } = await openNotes(desk)
  const pid = await app.serverPid()
  const child = app.electron.process()
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  expect(await exited).toEqual([0, null])
  expect(isRunning(pid)).toBe(false)
})

test("it is started again at the same address when it is killed", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const pid = await app.serverPid()
  const before = (await call(page, "window-state")).server
  await recordAddresses(page)

  process.kill(pid, "SIGKILL")
  expect(await app.serverPid(2)).not.toBe(pid)
  await expect.poll(() => page.evaluate(() => Reflect.get(window, "addresses"))).toEqual([null, before?.url])
  // Asked of the new one.
  expect(await call(page, "open-document", "a.md")).toMatchObject({ ok: true })
})

test("a question that the dying server did not answer is answered by the next", async ({ desk }) => {
  const { app, page } = await openNotes(desk)
  const pid = await app.serverPid()
  process.kill(pid, "SIGSTOP")
  const opening = call(page, "open-document", "a.md")
  process.kill(pid, "SIGKILL")
  expect(await opening).toMatchObject({ ok: true, value: { path: "a.md" } })
})

test("it does not outlive an app that is killed", async ({ desk }) => {
  const { app } = await openNotes(desk)
  const pid = await app.serverPid()
  await app.kill()
  await expect.poll(() => isRunning(pid)).toBe(false)
})

test("a shared document is joined by a link, in the running app and at its start", async ({ desk }) => {
  const { app: host, page } = await openNotes(desk)
  await call(page, "save-settings", { person: { name: "Mira", peer: 1 } })
  const { link, room } = await share(page)
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#room=/)
  expect(await call(page, "share-state", room)).toMatchObject({ ok: true, value: { link, room } })

  const started = await desk.launch([formatDeepLink(parseInviteLink(link))], "guest")
  const joined = await started.window("a – Manyhands")
  const { workspace } = await call(joined, "window-state")
  expect(workspace).toMatchObject({ kind: "joined", room, title: "a", by: "Mira", role: "editor" })
  expect(await call(joined, "open-document", room)).toMatchObject({ ok: true, value: { room, path: room } })

  const running = await desk.launch([], "other")
  const start = await running.window("Manyhands")
  expect(await call(start, "join-link", "http://127.0.0.1/")).toMatchObject({
    ok: false,
    error: { code: "INVITE_LINK_INVALID" },
  })
  // What a browser does with such a link: a second start of the app.
  expect(await desk.startAgain([formatDeepLink(parseInviteLink(link))], "other")).toBe(0)
  const late = await running.window("a – Manyhands")
  expect(await call(late, "join-link", link)).toMatchObject({ ok: true })
  expect(running.electron.windows()).toHaveLength(1)
  await call(late, "open-document", room)
  expect(await call(late, "share-document", room)).toMatchObject({
    ok: false,
    error: { code: "NOT_ALLOWED" },
  })
  expect(host.electron.windows()).toHaveLength(1)
})

test("a link that was given out works after a restart, until sharing is stopped", async ({ desk }) => {
  const first = await openNotes(desk)
  const { link, room } = await share(first.page)
  await first.app.quit()

  const app = await desk.launch()
  const page = await app.window("notes – Manyhands")
  await call(page, "open-document", "a.md")
  expect(await call(page, "share-state", room)).toMatchObject({ ok: true, value: { link } })
  expect(await call(page, "stop-sharing", room)).toMatchObject({ ok: true })
  expect(await call(page, "share-state", room)).toEqual({ ok: true, value: null })
})

test("a window may share only what it has opened", async ({ desk }) => {
  const { page } = await openNotes(desk)
  expect(await call(page, "share-document", "somebody-elses-room")).toMatchObject({
    ok: false,
    error: { code: "NOT_ALLOWED" },
  })
})

test("what the server says goes into a log file", async ({ desk }) => {
  const { app } = await openNotes(desk)
  await app.serverPid()
  await expect
    .poll(() => readFile(join(app.profile, "logs/server.log"), "utf8"))
    .toContain('"event":"listening"')
})

async function openNotes(desk: Desk): Promise<{ app: DesktopApp; page: Page }> {
  await desk.write("notes/a.md", "The tide comes in.\n")
  const app = await desk.launch(["notes"])
  const page = await app.window("notes – Manyhands")
  await app.serverPid()
  return { app, page }
}

async function share(page: Page): Promise<{ link: string; room: string }> {
  const opened = await call(page, "open-document", "a.md")
  if (!opened.ok) throw new Error(opened.error.message)
  const shared = await call(page, "share-document", opened.value.room)
  if (!shared.ok) throw new Error(shared.error.message)
  return shared.value
}

async function recordAddresses(page: Page): Promise<void> {
  await page.evaluate(() => {
    const addresses: unknown[] = []
    Reflect.set(window, "addresses", addresses)
    Reflect.get(window, "manyhands").on("server", (address: { url: string } | null) =>
      addresses.push(address === null ? null : address.url),
    )
  })
}
