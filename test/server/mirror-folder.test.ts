import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { TestClient } from "./support/client.ts"
import { startServer, type TestServer, temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

test("what people write is a file below the folder, with the folders on the way to it", async () => {
  const mirrorDir = temporaryFolder()
  const server = await start(mirrorDir)
  const writer = await enter(server, "team/plan")
  writer.text.insert(0, "# Plan\n")
  await whenFile(join(mirrorDir, "team/plan.md"), "# Plan\n")
  writer.text.insert(7, "Write together.\n")
  await whenFile(join(mirrorDir, "team/plan.md"), "# Plan\nWrite together.\n")
})

test("a file that is there is the document of whoever opens it first, and what another program writes comes to them", async () => {
  const mirrorDir = temporaryFolder()
  const path = join(mirrorDir, "notes.md")
  writeFileSync(path, "from git\n")
  const server = await start(mirrorDir)
  const reader = await enter(server, "notes")
  await reader.whenText("from git\n")
  writeFileSync(path, "from git\nand more\n")
  await reader.whenText("from git\nand more\n")
  expect(readFileSync(path, "utf8")).toBe("from git\nand more\n")
})

test("what was changed while nobody had the document open is merged when somebody opens it", async () => {
  const mirrorDir = temporaryFolder()
  const path = join(mirrorDir, "notes.md")
  const server = await start(mirrorDir)
  const writer = await enter(server, "notes")
  writer.text.insert(0, "one\ntwo\nthree\n")
  await whenFile(path, "one\ntwo\nthree\n")
  writer.close()
  await waitFor(
    () => server.server.registry.size === 0,
    () => "the room is unloaded",
  )
  writeFileSync(path, "one\n2\nthree\n")
  const reader = await enter(server, "notes")
  await reader.whenText("one\n2\nthree\n")
})

test("documents of before there was a folder are written to it when the server starts", async () => {
  const before = await startServer()
  const writer = await enter(before, "old/one")
  writer.text.insert(0, "older than the folder")
  await writer.whenDurable()
  await before.stop()
  const mirrorDir = temporaryFolder()
  await start(mirrorDir, before.dataDir)
  await whenFile(join(mirrorDir, "old/one.md"), "older than the folder")
})

test("a document and a file that know nothing of each other keep what either says", async () => {
  const before = await startServer()
  const writer = await enter(before, "both")
  writer.text.insert(0, "in the document\n")
  await writer.whenDurable()
  await before.stop()
  const mirrorDir = temporaryFolder()
  const path = join(mirrorDir, "both.md")
  writeFileSync(path, "in the file\n")
  const server = await start(mirrorDir, before.dataDir)
  const reader = await enter(server, "both")
  await waitFor(
    () =>
      reader.text.toString().includes("in the document\n") &&
      reader.text.toString().includes("in the file\n"),
    () => `both are there: ${reader.text.toString()}`,
  )
  await whenFile(path, reader.text.toString())
})

test("another folder than before is written anew, and takes nothing away", async () => {
  const first = await start(temporaryFolder())
  const writer = await enter(first, "moved")
  writer.text.insert(0, "words that stay")
  await writer.whenDurable()
  await first.stop()
  const mirrorDir = temporaryFolder()
  const second = await start(mirrorDir, first.dataDir)
  await whenFile(join(mirrorDir, "moved.md"), "words that stay")
  const reader = await enter(second, "moved")
  await reader.whenText("words that stay")
})

test("a file that was deleted is not made again, and the document goes on", async () => {
  const mirrorDir = temporaryFolder()
  const path = join(mirrorDir, "gone.md")
  const server = await start(mirrorDir)
  const writer = await enter(server, "gone")
  writer.text.insert(0, "here")
  await whenFile(path, "here")
  rmSync(path)
  writer.text.insert(4, " and there")
  await writer.whenDurable()
  writeFileSync(path, "here")
  await whenFile(path, "here and there")
})

test("a room that somebody only looked into leaves no file", async () => {
  const mirrorDir = temporaryFolder()
  const server = await start(mirrorDir)
  const reader = await enter(server, "typo")
  reader.close()
  await waitFor(
    () => server.server.registry.unloads > 0,
    () => "the room is unloaded",
  )
  expect(existsSync(join(mirrorDir, "typo.md"))).toBe(false)
})

test("a link out of the folder is neither read nor written, and the room can be used", async () => {
  const mirrorDir = temporaryFolder()
  const outside = join(temporaryFolder(), "secret")
  writeFileSync(outside, "secret")
  symlinkSync(outside, join(mirrorDir, "leak.md"))
  const server = await start(mirrorDir)
  const writer = await enter(server, "leak")
  writer.text.insert(0, "words")
  await writer.whenDurable()
  expect(writer.text.toString()).toBe("words")
  writer.close()
  await waitFor(
    () => server.server.registry.unloads > 0,
    () => "the room is unloaded",
  )
  expect(readFileSync(outside, "utf8")).toBe("secret")
})

test("a link that takes a document's place later is not followed either", async () => {
  const mirrorDir = temporaryFolder()
  const path = join(mirrorDir, "notes.md")
  const outside = join(temporaryFolder(), "secret")
  writeFileSync(outside, "secret")
  const server = await start(mirrorDir)
  const writer = await enter(server, "notes")
  writer.text.insert(0, "words")
  await whenFile(path, "words")
  rmSync(path)
  symlinkSync(outside, path)
  writer.text.insert(5, ", more words")
  await writer.whenDurable()
  writer.close()
  await waitFor(
    () => server.server.registry.unloads > 0,
    () => "the room is unloaded",
  )
  expect(readFileSync(outside, "utf8")).toBe("secret")
  const reader = await enter(server, "notes")
  expect(reader.text.toString()).toBe("words, more words")
})

test("what is no text at the place of a document stays as it is, and the room can be used", async () => {
  const mirrorDir = temporaryFolder()
  mkdirSync(join(mirrorDir, "folder.md"))
  writeFileSync(join(mirrorDir, "binary.md"), Uint8Array.of(0, 255, 254, 0))
  const server = await start(mirrorDir)
  for (const room of ["folder", "binary"]) {
    const writer = await enter(server, room)
    writer.text.insert(0, "words")
    await writer.whenDurable()
  }
  expect([...readFileSync(join(mirrorDir, "binary.md"))]).toEqual([0, 255, 254, 0])
})

function start(mirrorDir: string, dataDir?: string): Promise<TestServer> {
  return startServer({ env: { MIRROR_DIR: mirrorDir }, ...(dataDir === undefined ? {} : { dataDir }) })
}

async function enter(server: TestServer, room: string): Promise<TestClient> {
  const token = await server.token("editor", room)
  return await new TestClient(server.wsUrl, { room, token, durable: 1 }).whenSynced()
}

function whenFile(path: string, text: string): Promise<void> {
  return waitFor(
    () => existsSync(path) && readFileSync(path, "utf8") === text,
    () =>
      `${path} says “${text}”, not “${existsSync(path) ? readFileSync(path, "utf8") : "nothing: it is not there"}”`,
  )
}
