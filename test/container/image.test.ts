/** The image as an operator meets it. IMAGE names it, ENGINE is docker or podman. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { after, before, describe, test } from "node:test"
import { z } from "zod"
import { Container, Engine } from "./container.ts"
import { Writer } from "./writer.ts"

const { ENGINE: engineName = "podman", IMAGE: image = "" } = process.env
const engine = new Engine(engineName)
const volume = `manyhands-test-${process.pid}`
const room = "field notes"
const line = "Low water at 06:12, the bar is open.\n"

describe(`the image, run by ${engineName}`, () => {
  let container: Container
  let token: string

  before(async () => {
    await engine.run("volume", "create", volume)
    container = await Container.start(engine, image, volume)
  })

  after(async () => {
    await container?.remove()
    await engine.run("volume", "rm", "--force", volume)
  })

  test("GET /healthz and GET /readyz answer 200", async () => {
    assert.equal(await container.status("/healthz"), 200)
    assert.equal(await container.status("/readyz"), 200)
  })

  test("its HEALTHCHECK needs no shell, and the engine calls it healthy", async () => {
    const check = JSON.parse(await container.inspect("{{json .Config.Healthcheck}}"))
    assert.equal(healthcheck.parse(check).Test[0], "CMD")
    await container.healthy()
  })

  test("it runs as it comes, with nothing set", async () => {
    const bare = await Container.startAsItComes(engine, image)
    try {
      assert.equal(await bare.stop(), 0, await bare.logs())
    } finally {
      await bare.remove()
    }
  })

  test("process 1 is node itself, as user 1000, with no capability and no way to gain one", async () => {
    const first = await container.firstProcess()
    assert.match(first.get("Command") ?? "", /^node\0\/app\/dist\/sync-server\/index\.js\0/)
    assert.equal(first.get("NSpid")?.split("\t").at(-1), "1")
    assert.equal(first.get("Uid"), "1000\t1000\t1000\t1000")
    assert.equal(first.get("Gid"), "1000\t1000\t1000\t1000")
    assert.match(first.get("CapEff") ?? "", /^0+$/)
    assert.match(first.get("CapPrm") ?? "", /^0+$/)
    assert.equal(first.get("NoNewPrivs"), "1")
  })

  test("there is no shell and no package manager inside", async () => {
    for (const program of ["sh", "bash", "apt-get", "npm"]) {
      assert.notEqual((await container.execute(program, "--version")).code, 0, program)
    }
  })

  test("only production dependencies are inside", async () => {
    const inside = (await container.execute("node", "--eval", listPackages)).output.trim().split("\n")
    assert.ok(inside.includes("node_modules/lmdb"), "lmdb is missing")
    const { packages } = lock.parse(JSON.parse(await readFile("package-lock.json", "utf8")))
    assert.deepEqual(
      inside.filter((path) => packages[path]?.dev !== false),
      [],
    )
  })

  test("it serves the browser editor", async () => {
    assert.equal(await container.status("/"), 200)
  })

  test("an invited person writes, and is told that it is on disk", async () => {
    const invite = await container.command("invite", "--role", "editor", "--room", room, "--token")
    assert.equal(invite.code, 0, invite.output)
    token = invite.output.trim()
    const writer = new Writer(container.address, room, token)
    try {
      await writer.joined()
      writer.text.insert(0, line)
      await writer.saved()
    } finally {
      writer.leave()
    }
  })

  test("without a token nobody gets in", async () => {
    const stranger = new Writer(container.address, room, "")
    try {
      await stranger.closed()
      assert.deepEqual(stranger.closeCodes, [4401])
    } finally {
      stranger.leave()
    }
  })

  test("SIGTERM: who is inside is told to come back, and it exits with 0", async () => {
    const writer = new Writer(container.address, room, token)
    try {
      await writer.joined()
      const exitCode = await container.stop()
      await writer.closed()
      assert.equal(writer.closeCodes[0], 1012)
      assert.equal(exitCode, 0, await container.logs())
    } finally {
      writer.leave()
    }
  })

  test("a new container on the same volume has the text, and takes the old token", async () => {
    await container.remove()
    container = await Container.start(engine, image, volume)
    const reader = new Writer(container.address, room, token)
    try {
      await reader.joined()
      assert.equal(reader.text.toString(), line)
    } finally {
      reader.leave()
    }
  })
})

const healthcheck = z.object({ Test: z.array(z.string()) })
const lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().default(false) })) })

/** Prints every package folder below /app, as package-lock.json spells it. Runs inside the container. */
const listPackages = `
  const fs = require("node:fs")
  const visit = folder => {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      if (name.startsWith("@")) fs.readdirSync(folder + "/" + name).forEach(part => show(folder + "/" + name + "/" + part))
      else if (!name.startsWith(".")) show(folder + "/" + name)
    }
  }
  const show = path => {
    console.log(path)
    visit(path + "/node_modules")
  }
  process.chdir("/app")
  visit("node_modules")
`
