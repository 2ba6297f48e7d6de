import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as delay } from "node:timers/promises"
import { create, int32 } from "lib0/prng"
import { expect, onTestFinished, test } from "vitest"
import { note } from "./mirror-support.ts"
import { temporaryFolder } from "./support/server.ts"

const lives = 5
const child = join(import.meta.dirname, "mirror-kill-child.ts")
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
// The pinned Node runs TypeScript as it is; an older one cannot.
const runsTypeScript = Number(process.versions.node.split(".")[0]) >= 24

interface Life {
  process: ChildProcess
  /** Resolves at its end with the words that it said are durable. */
  words: Promise<string[]>
  opened: Promise<void>
}

function startLife(options: { dataDir: string; path: string; life: number; words: number }): Life {
  const args = [child, options.dataDir, options.path, String(options.life), String(options.words)]
  const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => {
    started.kill("SIGKILL")
  })
  const lines: string[] = []
  const reader = createInterface({ input: started.stdout })
  const opened = new Promise<void>((resolve) => {
    reader.on("line", (line) => {
      if (line === "open") resolve()
      else lines.push(line)
    })
  })
  const words = Promise.all([once(started, "exit"), once(reader, "close")]).then(() => lines)
  return { process: started, words, opened }
}

test.runIf(runsTypeScript)(
  `what was durable, and what other programs wrote, is there once after every SIGKILL (SEED=${seed})`,
  { timeout: 120_000 },
  async () => {
    const random = create(seed)
    const path = note(realpathSync(temporaryFolder()))
    const dataDir = temporaryFolder()
    writeFileSync(path, "one\n")
    const promised = ["one"]
    for (let life = 0; life < lives; life++) {
      const running = startLife({ dataDir, path, life, words: 100_000 })
      await running.opened
      await delay(int32(random, 100, 900))
      appendFileSync(path, `outside${life}x\n`)
      promised.push(`outside${life}x`)
      await delay(int32(random, 0, 900))
      running.process.kill("SIGKILL")
      promised.push(...(await running.words))
    }
    await startLife({ dataDir, path, life: lives, words: 0 }).words
    const lines = readFileSync(path, "utf8").split("\n")
    expect(promised.length).toBeGreaterThan(lives * 10)
    expect(promised.filter((word) => lines.filter((line) => line === word).length !== 1)).toEqual([])
  },
)
