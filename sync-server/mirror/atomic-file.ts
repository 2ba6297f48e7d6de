import { constants, renameSync } from "node:fs"
import { access, type FileHandle, link, mkdir, open, realpath, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { AppError } from "../../protocol/errors.ts"
import { errorNumber, notWritable, writeError } from "./file-error.ts"
import { type FileStamp, readStamp, readStampSync, sameStamp, stampOf } from "./file-stamp.ts"

const permissionBits = 0o7777n
const anyWriteBit = 0o222n

export type Replaced =
  | {
      outcome: "written"
      stamp: FileStamp
      /**
       * The file that was there before, still open: a program that had it open too may yet write to it, and nobody would
       * ever see that. The caller closes it. Null where the system forbids to replace an open file.
       */
      old: FileHandle | null
    }
  /** Somebody changed or removed the file meanwhile. Nothing was written. */
  | { outcome: "changed" }

/**
 * Replaces an existing file in one step: whoever looks sees the old bytes or the new ones, also after a power cut.
 * Follows symbolic links and keeps mode and, where the system permits it, owner. Other hard links keep the old content.
 * A file without any write permission is refused even to root: that it is read-only is its owner's wish.
 *
 * `expected` is checked again between the last two system calls, so the time in which another program's write could be
 * overlooked is that between a stat and a rename.
 *
 * @param options.tag names the temporary file, so that the one that a crash left behind is found and removed
 * @throws AppError FILE_NOT_WRITABLE, FILE_DISK_FULL, FILE_FOLDER_GONE, FILE_WRITE; no temporary file is left
 */
export async function replaceFile(options: {
  path: string
  bytes: Uint8Array
  tag: string
  expected: FileStamp
}): Promise<Replaced> {
  try {
    const target = await targetOf(options.path)
    if (target === null) return { outcome: "changed" }
    return await replaceTarget(target, options)
  } catch (error) {
    if (error instanceof AppError) throw error
    // Another program moved the file away in between, as editors do before they write the new one.
    if (errorNumber(error) === "ENOENT" && readStampSync(dirname(options.path)) !== null)
      return { outcome: "changed" }
    throw writeError(options.path, error)
  }
}

/**
 * Makes a file that is not there, whole or not at all. Null: there is one by now, which is left alone.
 * @param options.tag as in `replaceFile`
 * @throws AppError FILE_NOT_WRITABLE, FILE_DISK_FULL, FILE_FOLDER_GONE, FILE_WRITE; no temporary file is left
 */
export async function createFile(options: {
  path: string
  bytes: Uint8Array
  tag: string
}): Promise<FileStamp | null> {
  const { path, bytes, tag } = options
  const temporary = temporaryPath(path, tag)
  try {
    await rm(temporary, { force: true })
    const file = await open(temporary, "wx", 0o666)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!(await placeNew(temporary, path))) return null
    await syncFolder(dirname(path))
    return await readStamp(path)
  } catch (error) {
    throw writeError(path, error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/**
 * A link, unlike a rename, takes nobody's place. Where the file system has none, the look and the rename are one after the other.
 * False: there is a file already.
 */
async function placeNew(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    const code = errorNumber(error) ?? ""
    if (code === "EEXIST") return false
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error
    if (readStampSync(path) !== null) return false
    renameSync(temporary, path)
    return true
  }
}

/** Gives a file another name, also in another folder of the same disk. False: something has that name, which is left alone. */
export async function moveFile(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true })
  if (!(await placeNew(from, to))) return false
  // Where the file system has links there are two names now.
  await rm(from, { force: true })
  await syncFolder(dirname(to))
  return true
}

/** Removes what a crash in the middle of `replaceFile` left beside the file. */
export async function removeLeftover(path: string, tag: string): Promise<void> {
  const target = await targetOf(path)
  if (target !== null) await rm(temporaryPath(target, tag), { force: true })
}

async function replaceTarget(
  target: string,
  options: { path: string; bytes: Uint8Array; tag: string; expected: FileStamp },
): Promise<Replaced> {
  const stats = await stat(target, { bigint: true })
  if (!sameStamp(stampOf(stats), options.expected)) return { outcome: "changed" }
  await checkWritable(target, stats.mode)
  const temporary = temporaryPath(target, options.tag)
  const old = await openOld(target)
  try {
    const stamp = await writeTemporary(temporary, options.bytes, stats)
    if (!sameStamp(readStampSync(target), options.expected)) {
      await discard(temporary, old)
      return { outcome: "changed" }
    }
    renameSync(temporary, target)
    await syncFolder(dirname(target))
    return { outcome: "written", stamp, old }
  } catch (error) {
    await discard(temporary, old)
    throw error
  }
}

async function discard(temporary: string, old: FileHandle | null): Promise<void> {
  await old?.close()
  await rm(temporary, { force: true })
}

async function checkWritable(target: string, mode: bigint): Promise<void> {
  if ((mode & anyWriteBit) === 0n) throw notWritable(target)
  await access(target, constants.W_OK)
}

/** Windows does not rename over a file that somebody holds open, so there nobody can write to it afterwards either. */
async function openOld(target: string): Promise<FileHandle | null> {
  if (process.platform === "win32") return null
  try {
    return await open(target, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    // A file that may be written but not read is replaced without this second look.
    return null
  }
}

async function writeTemporary(
  temporary: string,
  bytes: Uint8Array,
  like: { mode: bigint; uid: bigint; gid: bigint },
): Promise<FileStamp> {
  await rm(temporary, { force: true })
  const file = await open(temporary, "wx", 0o600)
  try {
    await file.writeFile(bytes)
    await keepOwner(file, like)
    // After the owner: a change of owner clears bits of the mode.
    await file.chmod(Number(like.mode & permissionBits))
    await file.sync()
    return stampOf(await file.stat({ bigint: true }))
  } finally {
    await file.close()
  }
}

async function keepOwner(file: FileHandle, like: { uid: bigint; gid: bigint }): Promise<void> {
  if (process.platform === "win32") return
  const own = await file.stat({ bigint: true })
  if (own.uid === like.uid && own.gid === like.gid) return
  try {
    await file.chown(Number(like.uid), Number(like.gid))
  } catch {
    // Only root may give files away; the group may still be kept.
    await keepGroup(file, { uid: own.uid, gid: like.gid })
  }
}

async function keepGroup(file: FileHandle, owner: { uid: bigint; gid: bigint }): Promise<void> {
  try {
    await file.chown(Number(owner.uid), Number(owner.gid))
  } catch {
    // Not a member of it. The words matter more than whose name is on them.
  }
}

/** Makes the rename itself durable. Windows cannot open folders, and does not need to. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems have no such call; then there is nothing more to be had.
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(errorNumber(error) ?? "")) throw error
  } finally {
    await handle.close()
  }
}

async function targetOf(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch (error) {
    const code = errorNumber(error)
    if (code === "ENOENT" || code === "ENOTDIR") return null
    throw error
  }
}

function temporaryPath(target: string, tag: string): string {
  return join(dirname(target), `.manyhands-${tag}.tmp`)
}
