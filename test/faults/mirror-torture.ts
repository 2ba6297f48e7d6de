import { execFile } from "node:child_process"
import { mkdir, mkdtemp, open, readFile, realpath, rename, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"
import { bool, create, int32, oneOf, type PRNG } from "lib0/prng"
import { BareMirrorBench, note, type OpenDocument } from "../server/support/mirror-bench.ts"
import { waitFor } from "../server/support/wait-for.ts"

const run = promisify(execFile)
const typedWords = 120
const outsideEdits = 14
/** So many documents of one store are written in at once. */
const documentsAtOnce = 12
const gitTries = 5

export interface TortureResult {
  documents: number
  typed: number
  /** Outside edits, by the way in which they were made. */
  outside: Record<string, number>
}

/** Another program: reads, takes its time, and writes the file with one more line or word. False: it gave up. */
type Outside = (path: string, token: string, random: PRNG) => Promise<boolean>

const ways: Record<string, Outside> = {
  async sed(path, token, random) {
    await run("sed", ["-i", `${int32(random, 1, 6)}s/$/ ${token}/`, path])
    return true
  },
  async append(path, token) {
    const file = await open(path, "a")
    await file.write(`${token}\n`)
    await file.close()
    return true
  },
  async renameOver(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await delay(int32(random, 0, 300))
    await writeFile(`${path}.other`, text)
    await rename(`${path}.other`, path)
    return true
  },
  /** A sync client brings another computer's file, with that computer's time. */
  async syncClient(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await delay(int32(random, 0, 300))
    await writeFile(`${path}.part`, text)
    const anHourAgo = Date.now() / 1000 - 3600
    await utimes(`${path}.part`, anHourAgo, anHourAgo)
    await rename(`${path}.part`, path)
    return true
  },
  /** An editor that keeps the old file as a backup. */
  async backupFirst(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await rename(path, `${path}~`)
    await delay(int32(random, 0, 200))
    await writeFile(path, text)
    return true
  },
  async inPlace(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await delay(int32(random, 0, 300))
    await writeFile(path, text)
    return true
  },
  /** A formatter: no two empty lines, and no spaces at the ends of lines. */
  async formatter(path, token, random) {
    const text = withLine(await readFile(path, "utf8"), token, random)
    await writeFile(path, text.replace(/\n{3,}/g, "\n\n").replace(/ +$/gm, ""))
    return true
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
    return true
  },
  /** Somebody else's commit on top of what is in the file is checked out. Git refuses while the file is not as committed. */
  async gitCheckout(path, token, random) {
    for (let attempt = 0; attempt < gitTries; attempt += 1) {
      try {
        await checkOutWith(path, token, random)
        return true
      } catch {
        await delay(int32(random, 0, 100)) // the mirror wrote in between; Git changed nothing
      }
    }
    return false
  },
}

async function checkOutWith(path: string, token: string, random: PRNG): Promise<void> {
  const folder = join(path, "..")
  const git = async (...args: string[]): Promise<string> => {
    const identity = ["-c", "user.name=Noor", "-c", "user.email=noor@example.org"]
    return (await run("git", [...identity, "-C", folder, ...args])).stdout
  }
  await git("add", "note.md")
  await git("commit", "--quiet", "--allow-empty", "--message", "Mine")
  const theirs = join(folder, ".git", "theirs")
  await writeFile(theirs, withLine(await git("show", "HEAD:note.md"), token, random))
  const blob = (await git("hash-object", "-w", theirs)).trim()
  await writeFile(theirs, `100644 blob ${blob}\tnote.md\n`)
  const tree = (await run("sh", ["-c", 'git -C "$1" mktree < "$2"', "sh", folder, theirs])).stdout.trim()
  const commit = (await git("commit-tree", tree, "-p", "HEAD", "-m", "Theirs")).trim()
  await git("checkout", "--quiet", "--detach", commit)
}

function withLine(text: string, token: string, random: PRNG): string {
  const lines = text.split("\n")
  lines.splice(int32(random, 0, lines.length - 1), 0, token)
  return lines.join("\n")
}

async function typing(document: OpenDocument, random: PRNG): Promise<string[]> {
  const tokens: string[] = []
  for (let count = 0; count < typedWords; count++) {
    const token = `typed${count}x`
    const ends = [...document.text.matchAll(/\n|$/g)].map(({ index }) => index)
    // A word at the end of a line or a line of its own, key by key now and then, as people write.
    const at = oneOf(random, ends)
    const word = bool(random) ? ` ${token}` : `\n${token}`
    if (bool(random)) document.type(at, word)
    else await byKeys(document, at, word)
    tokens.push(token)
    await delay(int32(random, 0, 60))
  }
  return tokens
}

async function byKeys(document: OpenDocument, at: number, word: string): Promise<void> {
  let caret = document.caretAt(at)
  for (const key of word) {
    caret = document.typeAt(caret, key)
    await delay(3)
  }
}

async function meddling(path: string, random: PRNG, outside: Record<string, number>): Promise<string[]> {
  const tokens: string[] = []
  for (let count = 0; count < outsideEdits; count++) {
    const token = `outside${count}x`
    const [name, way] = oneOf(random, Object.entries(ways))
    if (await way(path, token, random)) {
      tokens.push(token)
      outside[name] = (outside[name] ?? 0) + 1
    }
    await delay(int32(random, 0, 700))
  }
  return tokens
}

/**
 * People type while other programs edit the same file in every way that is known to be used. @throws Error that names the words
 * that are missing or doubled, and the seed of that document.
 */
export async function tortureMirror(options: {
  rounds: number
  seed: number
  onRound?: (done: number) => void
}): Promise<TortureResult> {
  const result: TortureResult = { documents: 0, typed: 0, outside: {} }
  while (result.documents < options.rounds) {
    const count = Math.min(documentsAtOnce, options.rounds - result.documents)
    await someDocuments({ count, seed: options.seed + result.documents, outside: result.outside })
    result.documents += count
    result.typed += count * typedWords
    options.onRound?.(result.documents)
  }
  return result
}

async function someDocuments(options: {
  count: number
  seed: number
  outside: Record<string, number>
}): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "manyhands-torture-")))
  const bench = new BareMirrorBench({ dataDir: join(folder, "store") })
  try {
    const seeds = Array.from({ length: options.count }, (_, index) => options.seed + index)
    await Promise.all(seeds.map((seed) => oneDocument(bench, join(folder, `${seed}`), seed, options.outside)))
    const troubles = bench.statuses.filter(({ trouble }) => trouble !== null)
    if (troubles.length > 0) throw new Error(`Seed ${options.seed}: trouble ${JSON.stringify(troubles)}`)
  } finally {
    await bench.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function oneDocument(
  bench: BareMirrorBench,
  folder: string,
  seed: number,
  outside: Record<string, number>,
): Promise<void> {
  await mkdir(folder)
  await run("git", ["init", "--quiet", folder])
  const path = note(folder)
  await writeFile(path, "one\ntwo two\nthree\n\nfive\nsix\n")
  const document = await bench.open(path)
  const tokens = (
    await Promise.all([typing(document, create(seed)), meddling(path, create(seed + 1_000_000), outside)])
  ).flat()
  const count = (token: string): number => document.text.split(token).length - 1
  await waitFor(
    () => document.onDisk === document.text && tokens.every((token) => count(token) > 0),
    () => {
      const missing = tokens.filter((token) => count(token) === 0)
      return `every word is there (seed ${seed}); missing are ${missing.join()} in ${document.text}`
    },
  )
  const doubled = tokens.filter((token) => count(token) !== 1)
  if (doubled.length > 0) throw new Error(`Doubled with seed ${seed}: ${doubled.join()} in ${document.text}`)
  document.close()
}

export function tortureLine({ documents, typed, outside }: TortureResult): string {
  const edits = Object.values(outside).reduce((sum, count) => sum + count, 0)
  const all = Object.entries(outside).map(([way, count]) => `${way} ${count}`)
  return `mirror: ${documents} documents, ${typed} words typed, ${edits} outside edits (${all.join(", ")}); none lost, none doubled`
}
