import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { type Replaced, removeLeftover, replaceFile } from "../../sync-server/mirror/atomic-file.ts"
import { writeError } from "../../sync-server/mirror/file-error.ts"
import { type FileStamp, readStamp, readStampSync } from "../../sync-server/mirror/file-stamp.ts"

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "manyhands-atomic-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Only root may mount, and not in every container. */
const smallDisks = canMount()

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  const path = mkdtempSync(join(tmpdir(), "manyhands-mount-"))
  const mounts = spawnSync("mount", ["-t", "tmpfs", "tmpfs", path]).status === 0
  if (mounts) execFileSync("umount", [path])
  rmSync(path, { recursive: true })
  return mounts
}

/** A disk of 64 kB. */
function smallDisk(): string {
  const path = folder()
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path])
  onTestFinished(() => {
    execFileSync("umount", ["-l", path])
  })
  return path
}

function stampOf(path: string): FileStamp {
  const stamp = readStampSync(path)
  if (stamp === null) throw new Error(`${path} is not there`)
  return stamp
}

async function replace(path: string, text: string, expected = stampOf(path)): Promise<Replaced> {
  const result = await replaceFile({ path, bytes: Buffer.from(text), tag: "test", expected })
  if (result.outcome === "written" && result.old !== null) {
    const { old } = result
    onTestFinished(() => old.close())
  }
  return result
}

describe("replacing a file", () => {
  test("puts the new bytes in its place, with its mode, and leaves nothing beside it", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    chmodSync(path, 0o640)
    const result = await replace(path, "new")
    expect(readFileSync(path, "utf8")).toBe("new")
    expect(statSync(path).mode & 0o7777).toBe(0o640)
    expect(readdirSync(join(path, ".."))).toEqual(["note.md"])
    expect(result).toMatchObject({ outcome: "written", stamp: await readStamp(path) })
  })

  test.runIf(process.getuid?.() === 0)("keeps its owner", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    chownSync(path, 12_345, 54_321)
    chmodSync(path, 0o664)
    await replace(path, "new")
    const { uid, gid, mode } = statSync(path)
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 12_345, gid: 54_321, mode: 0o664 })
  })

  test("follows a symbolic link and leaves it one", async () => {
    const base = folder()
    mkdirSync(join(base, "real"))
    writeFileSync(join(base, "real", "note.md"), "old")
    symlinkSync(join("real", "note.md"), join(base, "link.md"))
    await replace(join(base, "link.md"), "new")
    expect(readFileSync(join(base, "real", "note.md"), "utf8")).toBe("new")
    expect(
      readdirSync(base, { withFileTypes: true })
        .find(({ name }) => name === "link.md")
        ?.isSymbolicLink(),
    ).toBe(true)
    expect(readdirSync(join(base, "real"))).toEqual(["note.md"])
  })

  test("does nothing when the file is not the expected one, or gone", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    const expected = stampOf(path)
    writeFileSync(path, "changed by another program")
    expect(await replace(path, "new", expected)).toEqual({ outcome: "changed" })
    expect(readFileSync(path, "utf8")).toBe("changed by another program")
    rmSync(path)
    expect(await replace(path, "new", expected)).toEqual({ outcome: "changed" })
    expect(readdirSync(join(path, ".."))).toEqual([])
  })

  test("keeps the file that was there open, so that late writes to it are seen", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    const result = await replace(path, "new")
    if (result.outcome !== "written" || result.old === null) throw new Error("It was not replaced")
    expect(await result.old.readFile("utf8")).toBe("old")
  })

  test("refuses a read-only file, also to root, and leaves it as it is", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    chmodSync(path, 0o444)
    await expect(replace(path, "new")).rejects.toMatchObject({
      code: "FILE_NOT_WRITABLE",
      message:
        "The system does not let Manyhands write to “note.md”. Your words are kept; the file is as it was.",
    })
    expect(readFileSync(path, "utf8")).toBe("old")
    expect(readdirSync(join(path, ".."))).toEqual(["note.md"])
  })

  test.runIf(smallDisks)("says when there is no more room, and leaves no half file", async () => {
    const disk = smallDisk()
    const path = join(disk, "note.md")
    writeFileSync(path, "old")
    await expect(replace(path, "x".repeat(200_000))).rejects.toMatchObject({ code: "FILE_DISK_FULL" })
    expect(readFileSync(path, "utf8")).toBe("old")
    expect(readdirSync(disk)).toEqual(["note.md"])
    await replace(path, "new")
    expect(readFileSync(path, "utf8")).toBe("new")
  })

  test.runIf(smallDisks)("says when the disk takes no writes", async () => {
    const disk = smallDisk()
    const path = join(disk, "note.md")
    writeFileSync(path, "old")
    execFileSync("mount", ["-o", "remount,ro", disk])
    await expect(replace(path, "new")).rejects.toMatchObject({ code: "FILE_NOT_WRITABLE" })
    expect(readFileSync(path, "utf8")).toBe("old")
  })

  test("names what is in the way by the system's own word for it", () => {
    const codes = {
      ENOSPC: "FILE_DISK_FULL",
      EDQUOT: "FILE_DISK_FULL",
      EACCES: "FILE_NOT_WRITABLE",
      EPERM: "FILE_NOT_WRITABLE",
      EROFS: "FILE_NOT_WRITABLE",
      ENOENT: "FILE_FOLDER_GONE",
      ENOTDIR: "FILE_FOLDER_GONE",
      EIO: "FILE_WRITE",
    }
    for (const [word, code] of Object.entries(codes)) {
      const cause = Object.assign(new Error(word), { code: word })
      expect(writeError("/notes/a.md", cause)).toMatchObject({ code, cause })
    }
    expect(writeError("/notes/a.md", "something else")).toMatchObject({ code: "FILE_WRITE" })
  })

  test("removes what a crash left", async () => {
    const path = join(folder(), "note.md")
    writeFileSync(path, "old")
    writeFileSync(join(path, "..", ".manyhands-test.tmp"), "half")
    await removeLeftover(path, "test")
    expect(readdirSync(join(path, ".."))).toEqual(["note.md"])
    await removeLeftover(join(path, "..", "none.md"), "test")
  })

  test("a folder that was moved away counts as changed, not as written", async () => {
    const base = folder()
    mkdirSync(join(base, "notes"))
    const path = join(base, "notes", "note.md")
    writeFileSync(path, "old")
    const expected = stampOf(path)
    renameSync(join(base, "notes"), join(base, "moved"))
    expect(await replace(path, "new", expected)).toEqual({ outcome: "changed" })
    expect(readFileSync(join(base, "moved", "note.md"), "utf8")).toBe("old")
  })
})
