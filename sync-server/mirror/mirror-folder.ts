import { mkdirSync, realpathSync } from "node:fs"
import { mkdir, open } from "node:fs/promises"
import { dirname, join } from "node:path"
import { AppError } from "../../protocol/errors.ts"
import type { RoomName } from "../../protocol/room-name.ts"
import { syncFolder } from "./atomic-file.ts"
import { errorNumber, writeError } from "./file-error.ts"
import { readStamp } from "./file-stamp.ts"
import { assertWithin } from "./within.ts"

/** Every common file system takes names of 255 bytes, and a temporary file beside this one needs none of them. */
const segmentBytes = 240
const ending = /\.[a-z][a-z0-9]{0,9}$/i
const markdown = /\.md$/i
// What Windows takes for a drive, a path or a device, and what it cuts off: a working tree is checked out there too.
const unportable = /[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i

/** The folder below which every document is kept as a file (`MIRROR_DIR`). */
export class MirrorFolder {
  readonly #root: string

  /** Makes it, if it is not there. @throws AppError CONFIG_INVALID */
  constructor(path: string) {
    try {
      mkdirSync(path, { recursive: true })
      this.#root = realpathSync(path)
    } catch (cause) {
      throw new AppError(
        "CONFIG_INVALID",
        `MIRROR_DIR takes a folder that can be made or is there; it is "${path}"`,
        {
          cause,
        },
      )
    }
  }

  /**
   * The file of a room: `a/b` is `a/b.md`, `a/b.txt` stays what it is. No two rooms have the same one. Null: no file system
   * could be trusted with that name.
   */
  pathOf(room: RoomName): string | null {
    const name = ending.test(room) && !markdown.test(room) ? room : `${room}.md`
    const segments = name.split("/")
    return segments.every(isSegment) ? join(this.#root, ...segments) : null
  }

  /**
   * Whether the file is there. Whoever may push into a working tree may put a link into it, and that must not lead to what is not theirs.
   * @throws AppError FILE_NOT_READABLE when it leads out of the folder
   */
  async holds(path: string): Promise<boolean> {
    await this.assertWithin(path)
    return (await readStamp(path)) !== null
  }

  /** @throws AppError FILE_NOT_READABLE when a link on the way to the file, or itself, leads out of the folder */
  async assertWithin(path: string): Promise<void> {
    await assertWithin(this.#root, path)
  }

  /** Makes an empty file, and the folders on the way to it. One that is there is left alone. @throws AppError FILE_… */
  async create(path: string): Promise<void> {
    await this.assertWithin(path)
    try {
      await mkdir(dirname(path), { recursive: true })
      const file = await open(path, "wx", 0o666)
      await file.sync()
      await file.close()
      await syncFolder(dirname(path))
    } catch (error) {
      if (errorNumber(error) !== "EEXIST") throw writeError(path, error)
    }
  }
}

function isSegment(segment: string): boolean {
  return (
    segment !== "" &&
    !segment.startsWith(".") &&
    Buffer.byteLength(segment) <= segmentBytes &&
    !unportable.test(segment)
  )
}
