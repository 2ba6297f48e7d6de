import { type FileHandle, open as openFile } from "node:fs/promises"
import { open, type RootDatabase } from "lmdb"
import { AppError } from "../../protocol/errors.ts"

/** The address space that is reserved at first; LMDB grows it by itself. */
const firstMapBytes = 64 * 1024 * 1024
const pageBytes = 4096
/** The file grows by at least so much at once. */
const growthBytes = 64 * 1024
/** So much at its end, and it is cut. */
const trimBytes = 256 * 1024
const zeros = new Uint8Array(256 * 1024)

export type Root = RootDatabase<Buffer, string>

/** What a transaction takes of the file at most. */
export interface Space {
  /** For what it writes, and the few pages on the way to one place. */
  pages: number
  /** Pages that are there already and are copied to be changed. There are never more of them than the file has. */
  copies: number
}

/**
 * One LMDB file, and the care that its failures take.
 *
 * - A transaction is on disk when it is visible: with LMDB's overlapping flush it would be seen before, and pages whose flush
 *   failed would count as written at the next try.
 * - Space is taken from the disk before LMDB needs it. A full disk is then noticed here and not amid LMDB's pages, whose
 *   error text is longer than the memory that it is written to (lmdb 3.5).
 * - After a failure the file is opened anew: an environment that could not write its last page takes nothing any more.
 */
export class LmdbFile<Databases> {
  readonly #path: string
  readonly #openDatabases: (root: Root) => Databases
  #root: Root
  #databases: Databases
  #handle: FileHandle | null = null
  #fileBytes = 0
  /** Bytes at the file's end that no page uses, at least. */
  #spareBytes = 0
  #tail: Promise<unknown> = Promise.resolve()
  #readers = 0
  #noReaders: (() => void) | null = null
  /** The last write failed: the disk must prove itself before the next. */
  #hasFailed = false
  #isOpen = true
  #isClosed = false
  /** Never rejected. */
  #reopening: Promise<void> | null = null
  #closed: Promise<void> | null = null

  /** Throws what LMDB throws. */
  constructor(path: string, openDatabases: (root: Root) => Databases) {
    this.#path = path
    this.#openDatabases = openDatabases
    this.#root = openRoot(path)
    this.#databases = openDatabases(this.#root)
  }

  /** Neither opened anew nor closed until the action is through. @throws AppError STORE_OPEN */
  async read<T>(action: (databases: Databases, root: Root) => T | Promise<T>): Promise<T> {
    while (this.#reopening !== null) await this.#reopening
    if (!this.#isOpen) throw new AppError("STORE_OPEN", "The store is not open")
    this.#readers += 1
    try {
      return await action(this.#databases, this.#root)
    } finally {
      this.#readers -= 1
      if (this.#readers === 0) this.#noReaders?.()
    }
  }

  /**
   * What the action puts and removes is one transaction. Resolves when it is on disk. One after the other, in the order of the calls.
   * @throws AppError STORE_FULL, STORE_WRITE; nothing of it is in the file then, and it may be tried again.
   */
  write(space: Space, action: (databases: Databases) => void): Promise<void> {
    return this.#inTurn(() => this.#write(space, action))
  }

  /** Gives the disk back what was taken for large writes. @throws AppError STORE_WRITE */
  trim(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#trim()
      } catch (cause) {
        throw storeError(cause)
      }
    })
  }

  /** Waits for what is being read and written. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(action)
    this.#tail = done.catch(() => undefined) // whoever called hears of it
    return done
  }

  async #close(): Promise<void> {
    await this.#tail
    await this.#untilNobodyReads()
    if (this.#isOpen) await this.#root.close()
    this.#isOpen = false
    this.#isClosed = true
    await this.#handle?.close()
  }

  async #write({ pages, copies }: Space, action: (databases: Databases) => void): Promise<void> {
    if (this.#isClosed) throw new AppError("STORE_WRITE", "The store is closed")
    try {
      if (this.#hasFailed) await this.#recover()
      if (this.#fileBytes === 0) this.#fileBytes = (await (await this.#file()).stat()).size
      await this.#makeRoom(pages * pageBytes + Math.min(copies * pageBytes, this.#fileBytes))
    } catch (cause) {
      throw storeError(cause)
    }
    try {
      // A batch, not a transaction with a callback: it needs no turn of this thread while LMDB's has the lock.
      await this.#root.batch(() => action(this.#databases))
    } catch (error) {
      this.#hasFailed = true
      const cause = await causeOf(error)
      await this.#openAnew().catch(() => undefined) // tried again with the next write
      throw storeError(cause)
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (bytes > this.#spareBytes) this.#spareBytes = this.#fileBytes - usedBytes(this.#root)
    if (bytes > this.#spareBytes) await this.#grow(bytes)
    this.#spareBytes -= bytes
  }

  async #grow(bytes: number): Promise<void> {
    const handle = await this.#file()
    const used = usedBytes(this.#root)
    const wanted = Math.ceil((used + bytes) / growthBytes) * growthBytes
    let { size } = await handle.stat()
    while (size < wanted) {
      const { bytesWritten } = await handle.write(zeros, 0, Math.min(zeros.length, wanted - size), size)
      size += bytesWritten
    }
    this.#fileBytes = size
    this.#spareBytes = size - used
  }

  async #trim(): Promise<void> {
    // Windows cuts off no file that is mapped.
    if (process.platform === "win32" || this.#hasFailed || this.#isClosed) return
    const used = usedBytes(this.#root)
    if (this.#fileBytes - used < trimBytes) return
    const handle = await this.#file()
    this.#fileBytes = used + growthBytes
    this.#spareBytes = 0
    await handle.truncate(this.#fileBytes)
  }

  async #file(): Promise<FileHandle> {
    this.#handle ??= await openFile(this.#path, "r+")
    return this.#handle
  }

  /** After a failed write. Throws while the disk refuses, without a word to LMDB. */
  async #recover(): Promise<void> {
    const handle = await this.#file()
    const { size } = await handle.stat()
    const isSpare = this.#isOpen && size - usedBytes(this.#root) >= pageBytes
    if (isSpare) await handle.write(zeros, 0, pageBytes, size - pageBytes)
    await handle.datasync()
    if (!this.#isOpen) await this.#openAnew()
    this.#hasFailed = false
  }

  /** An environment that could not write its last page answers no reader either. */
  async #openAnew(): Promise<void> {
    const opened = this.#closeAndOpen()
    this.#reopening = opened.catch(() => undefined)
    try {
      await opened
    } finally {
      this.#reopening = null
    }
  }

  async #closeAndOpen(): Promise<void> {
    await this.#untilNobodyReads()
    if (this.#isOpen) await this.#root.close()
    this.#isOpen = false
    this.#root = openRoot(this.#path)
    this.#databases = this.#openDatabases(this.#root)
    this.#isOpen = true
    this.#spareBytes = 0
  }

  async #untilNobodyReads(): Promise<void> {
    if (this.#readers === 0) return
    await new Promise<void>((resolve) => {
      this.#noReaders = resolve
    })
    this.#noReaders = null
  }
}

function openRoot(path: string): Root {
  return open({
    path,
    mapSize: firstMapBytes,
    maxDbs: 8,
    encoding: "binary",
    pageSize: pageBytes,
    overlappingSync: false,
    // With it a failed commit rejects a promise that nobody is given.
    eventTurnBatching: false,
  })
}

function usedBytes(root: Root): number {
  const stats = root.getStats()
  if (!("lastPageNumber" in stats) || typeof stats.lastPageNumber !== "number")
    throw new TypeError("This LMDB does not say which page is its last")
  return (stats.lastPageNumber + 1) * pageBytes
}

/** LMDB's promises are rejected with an error that promises the cause. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error
  try {
    await error.commitError
    return error
  } catch (cause) {
    return cause
  }
}

function storeError(cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/no space|ENOSPC|MAP_FULL|quota/i.test(text)) {
    return new AppError("STORE_FULL", "The disk that the store is on is full", { cause })
  }
  return new AppError("STORE_WRITE", "The store could not write to its disk", { cause })
}
