import { readFile } from "node:fs/promises"
import { runOrFail } from "./run.mjs"

const name = "tester"

/**
 * Whom to start a desktop app as: whoever runs this, or, for root, the user `tester`, who is made if need be. As root
 * Chromium has no sandbox, and nobody works like that.
 *
 * @returns {Promise<{ uid: number, gid: number }>}
 */
export async function ordinaryUser() {
  if (process.getuid() !== 0) return { uid: process.getuid(), gid: process.getgid() }
  const known = await find()
  if (known !== null) return known
  await runOrFail("useradd", ["--create-home", "--shell", "/bin/sh", name])
  return find()
}

async function find() {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  const [, , uid, gid] = lines.find(([user]) => user === name) ?? []
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}
