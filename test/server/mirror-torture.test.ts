import { execFile } from "node:child_process"
import { open, readFile, realpath, rename, writeFile } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"
import { bool, create, int32, oneOf, type PRNG } from "lib0/prng"
import { describe, expect, test } from "vitest"
import { MirrorBench, note, type OpenDocument } from "./mirror-support.ts"
import { temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

const run = promisify(execFile)
const documents = 12
const typedWords = 120
const outsideEdits = 14

/** Another program: reads, takes its time, and writes the file with one more line or word. */
type Outside = (path: string, token: string, random: PRNG) => Promise<void>

const ways: Record<string, Outside> = {
  async sed(path, token, random) {
    await run("sed", ["-i", `${int32(random, 1, 6)}s/$/ ${token}/`, path])
  },
  async append(path, token) {
    const file = await open(path, "a")
    await file.write(`${token}\n`)
    await file.close()
  },
  async renameOver(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await delay(int32(random, 0, 300))
    await writeFile(`${path}.other`, text)
    await rename(`${path}.other`, path)
  },
  async inPlace(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await delay(int32(random, 0, 300))
    await writeFile(path, text)
  },
  async truncateThenWrite(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    const file = await open(path, "w")
    await delay(int32(random, 0, 200))
    const half = int32(random, 0, text.length)
    await file.write(text.slice(0, half))
    await delay(int32(random, 0, 200))
    await file.write(text.slice(half))
    await file.close()
  },
}

function withLine(text: string, token: string, random: PRNG): string {
  const lines = text.split("\n")
  lines.splice(int32(random, 0, lines.length - 1), 0, token)
  return lines.join("\n")
}

async function typing(document: OpenDocument, random: PRNG, tokens: string[]): Promise<void> {
  for (let count = 0; count < typedWords; count++) {
    const token = `typed${count}x`
    const text = document.text
    const ends = [...text.matchAll(/\n|$/g)].map(({ index }) => index)
    // A word at the end of a line or a line of its own, key by key now and then, as people write.
    const at = oneOf(random, ends)
    const word = bool(random) ? ` ${token}` : `\n${token}`
    if (bool(random)) document.type(at, word)
    else await byKeys(document, at, word)
    tokens.push(token)
    await delay(int32(random, 0, 60))
  }
}

async function byKeys(document: OpenDocument, at: number, word: string): Promise<void> {
  let caret = document.caretAt(at)
  for (const key of word) {
    caret = document.typeAt(caret, key)
    await delay(3)
  }
}

async function meddling(path: string, random: PRNG, tokens: string[]): Promise<void> {
  for (let count = 0; count < outsideEdits; count++) {
    const token = `outside${count}x`
    await oneOf(random, Object.values(ways))(path, token, random)
    tokens.push(token)
    await delay(int32(random, 0, 700))
  }
}

describe("people type while other programs edit the file", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)

  test(`no word and no line is lost or doubled (SEED=${seed})`, { timeout: 120_000 }, async () => {
    const folder = await realpath(temporaryFolder())
    const bench = new MirrorBench({ dataDir: temporaryFolder() })
    const runs = Array.from({ length: documents }, async (_, index) => {
      const random = create(seed + index)
      const path = note(folder, `note-${index}.md`)
      await writeFile(path, "one\ntwo two\nthree\n\nfive\nsix\n")
      const document = await bench.open(path)
      const tokens: string[] = []
      await Promise.all([
        typing(document, random, tokens),
        meddling(path, create(seed + 1000 + index), tokens),
      ])
      const count = (token: string) => document.text.split(token).length - 1
      await waitFor(
        () => document.onDisk === document.text && tokens.every((token) => count(token) > 0),
        () =>
          `every word is there; missing are ${tokens.filter((token) => count(token) === 0).join()} in ${document.text}`,
      )
      expect(tokens.filter((token) => count(token) !== 1)).toEqual([])
    })
    await Promise.all(runs)
    expect(bench.statuses).toEqual([])
  })
})
