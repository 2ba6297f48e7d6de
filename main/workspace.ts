import { basename, dirname } from "node:path"
import { z } from "zod"
import type { RecentEntry, Workspace } from "../protocol/ipc.ts"
import { roles } from "../protocol/role.ts"

const text = z.string().max(4096)

/** A workspace as it is kept on disk. */
export const workspaceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("folder"), path: text, title: text }),
  z.object({ kind: z.literal("file"), path: text, title: text }),
  z.object({
    kind: z.literal("joined"),
    room: text,
    title: text,
    by: text,
    host: text,
    role: z.enum(roles),
  }),
]) satisfies z.ZodType<Workspace>

/** Workspaces that a person can come back to. */
export type NamedWorkspace = Exclude<Workspace, { kind: "none" }>

export function folderWorkspace(path: string): NamedWorkspace {
  return { kind: "folder", path, title: basename(path) || path }
}

export function fileWorkspace(path: string): NamedWorkspace {
  return { kind: "file", path, title: basename(path) }
}

/** What makes two workspaces the same: the path, or the room. */
export function keyOf(workspace: NamedWorkspace): string {
  return workspace.kind === "joined" ? workspace.room : workspace.path
}

export function isSame(a: Workspace, b: Workspace): boolean {
  if (a.kind === "none" || b.kind === "none") return a.kind === b.kind
  return a.kind === b.kind && keyOf(a) === keyOf(b)
}

export function recentEntry(workspace: NamedWorkspace, openedAt: number, missing: boolean): RecentEntry {
  const place = workspace.kind === "joined" ? workspace.host : dirname(workspace.path)
  return { kind: workspace.kind, key: keyOf(workspace), title: workspace.title, place, openedAt, missing }
}
