import { execFile } from "node:child_process"
import { mkdir, mkdtemp, open, readdir, readFile, rm, statfs, truncate } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const chunk = Buffer.alloc(1024 * 1024)

/** A disk in a file: an ext4 image behind a loop device, mounted. It needs root, and a kernel that lends loop devices. */
export class LoopDisk {
  /** Where it is mounted. */
  readonly folder: string
  readonly #base: string
  readonly #image: string
  readonly #device: string

  /** Null where it can be had; else why not, as the end of a sentence. */
  static async unavailable(): Promise<string | null> {
    if (process.platform !== "linux") return "only Linux has loop devices"
    if (process.getuid?.() !== 0) return "only root may mount a file system"
    try {
      await using(await LoopDisk.create(8))
      return null
    } catch (error) {
      return `no loop device can be mounted here (${error instanceof Error ? error.message.trim() : String(error)})`
    }
  }

  static async create(megabytes: number): Promise<LoopDisk> {
    const base = await mkdtemp(join(tmpdir(), "manyhands-disk-"))
    const image = join(base, "image")
    await run("truncate", ["--size", `${megabytes}M`, image])
    // Nothing is kept back for root: the disk is full for the server when it is full. No lazy work, for it would be writes.
    const options = "lazy_itable_init=0,lazy_journal_init=0,nodiscard"
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", "-b", "4096", "-E", options, image])
    return await LoopDisk.#mount(base, image)
  }

  static async #mount(base: string, image: string): Promise<LoopDisk> {
    const folder = join(base, "mounted")
    await mkdir(folder)
    const device = (await run("losetup", ["--find", "--show", image])).stdout.trim()
    try {
      // Past the page cache of the machine where its file system can: then the image is what the disk was given, no more.
      await run("losetup", ["--direct-io=on", device]).catch(() => undefined)
      // The journal is written when somebody flushes, and not by a clock.
      await run("mount", ["-t", "ext4", "-o", "commit=600,noatime", device, folder])
    } catch (error) {
      await run("losetup", ["--detach", device])
      throw error
    }
    return new LoopDisk({ base, image, device, folder })
  }

  private constructor(parts: { base: string; image: string; device: string; folder: string }) {
    this.folder = parts.folder
    this.#base = parts.base
    this.#image = parts.image
    this.#device = parts.device
  }

  /**
   * What a machine would find whose power went at this moment: a second disk that holds what the first was given, without
   * what the file system had in memory only. Nobody may write to the first meanwhile; when the kernel did, it is copied again.
   */
  async copy(): Promise<LoopDisk> {
    const base = await mkdtemp(join(tmpdir(), "manyhands-disk-"))
    const image = join(base, "image")
    for (;;) {
      const before = await this.#written()
      await run("cp", ["--sparse=always", this.#image, image])
      if ((await this.#written()) === before) return await LoopDisk.#mount(base, image)
    }
  }

  /** Takes the space that is left, but for so many bytes. */
  async fill(leave: number): Promise<void> {
    const file = await open(this.#ballast, "a")
    try {
      while ((await this.#free()) > 0) await file.write(chunk, 0, Math.min(chunk.length, await this.#free()))
      await file.datasync()
    } finally {
      await file.close()
    }
    await truncate(this.#ballast, Math.max(0, (await sizeOf(this.#ballast)) - leave))
  }

  async empty(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  async remove(): Promise<void> {
    await run("umount", [this.folder])
    await run("losetup", ["--detach", this.#device])
    await rm(this.#base, { recursive: true })
  }

  get #ballast(): string {
    return join(this.folder, "ballast")
  }

  async #free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder)
    return bavail * bsize
  }

  /** Writes that the device has taken so far. */
  async #written(): Promise<string> {
    return (await readFile(`/sys/block/${basename(this.#device)}/stat`, "utf8"))
      .trim()
      .split(/\s+/)
      .slice(4)
      .join(" ")
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path)
  try {
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

async function using(disk: LoopDisk): Promise<void> {
  try {
    await readdir(disk.folder)
  } finally {
    await disk.remove()
  }
}
