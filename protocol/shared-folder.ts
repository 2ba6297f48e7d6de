/**
 * Shared folders. The tree of one is the room `.folders/ID`, whose document holds
 *
 *   getMap("files")   ROOM -> the path of the file, relative to the folder, with `/`
 *   getMap("meta")    title
 *
 * Every file stays its own room. Whoever adds one to the tree makes its room `ID/NAME`; a file that was opened before its
 * folder was shared keeps the room that it had. A token for the tree's room opens the rooms of the folder's files as well.
 * On the host's computer the folder on the disk decides what the tree says; elsewhere the tree is all there is.
 */
import { getRandomValues } from "lib0/webcrypto"
import { Limits } from "./limits.ts"
import { parseRoomName, type RoomName } from "./room-name.ts"

const foldersPrefix = ".folders/"
const base32 = "abcdefghijklmnopqrstuvwxyz234567"
/** 100 bits: nobody guesses the room of a file. */
const nameLength = 20
const randomName = new RegExp(`^[${base32}]{${nameLength}}$`)

export interface FolderFile {
  room: string
  /** Relative to the folder, with `/`. */
  path: string
}

/** A room that nobody guesses. */
export function randomRoomName(prefix = ""): RoomName {
  const bytes: Uint8Array = getRandomValues(new Uint8Array(nameLength))
  return parseRoomName(prefix + Array.from(bytes, (byte) => base32.charAt(byte % base32.length)).join(""))
}

/** Whether whoever names the room must have been told of it. */
export function isUnguessable(room: string): boolean {
  const name = room.startsWith(foldersPrefix) ? room.slice(foldersPrefix.length) : room
  return name.split("/").every((part) => randomName.test(part))
}

export function newFolderRoom(): RoomName {
  return randomRoomName(foldersPrefix)
}

export function isFolderRoom(room: string): boolean {
  return room.startsWith(foldersPrefix)
}

/** The room of a new file in the folder. */
export function newFileRoom(folder: string): RoomName {
  return randomRoomName(`${folder.slice(foldersPrefix.length)}/`)
}

/** Whether the room was made for a file of this folder: those of others cannot be claimed by naming them in a tree. */
export function isMadeFor(folder: string, room: string): boolean {
  const id = folder.slice(foldersPrefix.length)
  return isFolderRoom(folder) && id !== "" && room.startsWith(`${id}/`)
}

/** The room of the folder that the room was made for. Null: it was made for none. */
export function folderOf(room: string): string | null {
  const slash = room.indexOf("/")
  const id = room.slice(0, Math.max(slash, 0))
  return randomName.test(id) ? foldersPrefix + id : null
}

/** What a tree says. What is no file, and what no file of a folder could be called, is left out. */
export function readTreeEntries(files: Iterable<readonly [string, unknown]>): FolderFile[] {
  const found: FolderFile[] = []
  for (const [room, path] of files) if (isTreePath(path) && isUnguessable(room)) found.push({ room, path })
  return found.sort((a, b) => (a.room < b.room ? -1 : 1))
}

/**
 * The files of a tree, as people see them. Where two have one path, since they were made at the same time, the second stands
 * under a name beside it.
 */
export function readFolderTree(files: Iterable<readonly [string, unknown]>): FolderFile[] {
  const taken = new Set<string>()
  return readTreeEntries(files).map(({ room, path }) => {
    const free = freePath(path, (candidate) => taken.has(candidate))
    taken.add(free)
    return { room, path: free }
  })
}

/** The path itself, or the first of "name (2)", "name (3)" … that is not taken. */
export function freePath(path: string, isTaken: (path: string) => boolean): string {
  const dot = path.lastIndexOf(".")
  const stem = dot > path.lastIndexOf("/") + 1 ? path.slice(0, dot) : path
  let candidate = path
  for (let number = 2; isTaken(candidate); number++)
    candidate = `${stem} (${number})${path.slice(stem.length)}`
  return candidate
}

const controlCharacter = /\p{Cc}/u

function isTreePath(path: unknown): path is string {
  if (typeof path !== "string" || path.length > Limits.treePathLength || controlCharacter.test(path))
    return false
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..")
}
