import { PanelLeft } from "lucide-react"
import { type ReactNode, useEffect, useMemo, useState } from "react"
import type { Invitation } from "../../protocol/api.ts"
import { baseName, splitEnding } from "../desktop/file-name.ts"
import { peopleByRoom } from "../session/folder-session.ts"
import { CentreNote } from "../ui/centre-note.tsx"
import { FileTree } from "../ui/file-tree.tsx"
import { FilesSide } from "../ui/files-side.tsx"
import { IconButton } from "../ui/icon-button.tsx"
import { NewFileField } from "../ui/new-file-field.tsx"
import { SideHandle } from "../ui/side-handle.tsx"
import { TakenOut } from "../ui/taken-out.tsx"
import { treeNodes } from "../ui/tree-nodes.ts"
import { type Side, useSide } from "../use-side.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { GuestEditor } from "./guest-editor.tsx"
import type { GuestFolder } from "./guest-folder.ts"
import { hostWords } from "./guest-host.ts"
import type { GuestLink } from "./guest-link.ts"
import type { GuestMemory } from "./guest-memory.ts"
import type { GuestStore } from "./guest-store.ts"

interface GuestFolderEditorProps {
  store: GuestStore
  link: GuestLink
  guest: GuestMemory
  invitation: Invitation
  folder: GuestFolder
}

/** A shared folder in a browser: its files at the side, one of them in front. */
export function GuestFolderEditor({ store, link, guest, invitation, folder }: GuestFolderEditorProps) {
  const open = useSnapshot(folder)
  const view = useSnapshot(folder.tree)
  const side = useSide({ opensAtFirst: true })
  const room = open?.session.room ?? null
  const path = view.files.find((file) => file.room === room)?.path ?? null
  const shown = path ?? (room === null ? null : folder.tree.lastPathOf(room))
  const title = shown === null ? invitation.title : splitEnding(baseName(shown)).stem
  useDocumentTitle(title, invitation.title)
  const toggle = (
    <IconButton label={side.isShown ? "Hide files" : "Show files"} onPress={side.toggle}>
      <PanelLeft />
    </IconButton>
  )
  const files = <Files folder={folder} invitation={invitation} side={side} active={path} />
  if (open === null) {
    return (
      <Waiting title={invitation.title} toggle={toggle} side={side} files={files}>
        {view.loaded && view.files.length === 0 && (
          <CentreNote title="Nothing here yet">
            <p>
              “<bdi>{invitation.title}</bdi>” has no text files. As soon as somebody makes one, it shows up by
              itself.
            </p>
          </CentreNote>
        )}
      </Waiting>
    )
  }
  return (
    <GuestEditor
      key={open.session.room}
      store={store}
      link={link}
      guest={guest}
      invitation={{ ...invitation, title }}
      session={open.session}
      unsent={open.unsent}
      files={{
        side: files,
        toggle,
        isNarrow: side.isDrawer,
        width: side.width,
        note:
          view.loaded && path === null ? (
            <TakenOut tree={folder.tree} room={open.session.room} title={title} kept="at the host" />
          ) : null,
      }}
    />
  )
}

interface FilesProps {
  folder: GuestFolder
  invitation: Invitation
  side: Side
  /** The path of the file in front. */
  active: string | null
}

function Files({ folder, invitation, side, active }: FilesProps) {
  const { tree } = folder
  const { files, people, readOnly, loaded } = useSnapshot(tree)
  const [isNaming, setNaming] = useState(false)
  const nodes = useMemo(() => treeNodes(files.map(({ path }) => ({ path, kind: "file" }))), [files])
  const byPath = useMemo(() => {
    const byRoom = peopleByRoom(people)
    return new Map(files.map(({ room, path }) => [path, byRoom.get(room) ?? []]))
  }, [files, people])
  const open = (room: string | undefined) => {
    if (room === undefined) return
    side.closeDrawer()
    folder.open(room)
  }
  const make = async (text: string) => {
    const made = tree.make(text)
    if (made.ok) open(made.value.room)
    return made
  }
  return (
    <>
      {side.isDrawer && side.isShown && (
        <div className="drawer-scrim" aria-hidden="true" onClick={side.closeDrawer} />
      )}
      <FilesSide
        isShown={side.isShown}
        head={<span className="folder-title strong cut">{invitation.title}</span>}
        {...(readOnly ? {} : { onNew: () => setNaming(true) })}
        reach={{
          kind: "host",
          host: hostWords(window.location.hostname, invitation).name,
          people: people.length,
        }}
      >
        {isNaming && <NewFileField onMake={make} onDone={() => setNaming(false)} />}
        {loaded && nodes.length === 0 && <p className="size-12 faint side-none">No text files yet</p>}
        {nodes.length > 0 && (
          <FileTree
            label="Files"
            nodes={nodes}
            active={active}
            people={byPath}
            onOpen={(path) => open(files.find((file) => file.path === path)?.room)}
          />
        )}
      </FilesSide>
      {side.isShown && !side.isDrawer && <SideHandle width={side.width} onChange={side.resize} />}
    </>
  )
}

interface WaitingProps {
  title: string
  toggle: ReactNode
  side: Side
  files: ReactNode
  children: ReactNode
}

/** The frame before a file is open. */
function Waiting({ title, toggle, side, files, children }: WaitingProps) {
  return (
    <div className="guest-editor">
      <header className="guest-title" data-region="title">
        {toggle}
        <h1 className="medium cut">
          <bdi>{title}</bdi>
        </h1>
      </header>
      <div
        className={`guest-middle${side.isDrawer ? " narrow" : ""}`}
        style={{ "--side": `${side.width}px` }}
      >
        {files}
        <main className="guest-main" data-region="text">
          {children}
        </main>
      </div>
    </div>
  )
}

function useDocumentTitle(title: string, folderTitle: string): void {
  useEffect(() => {
    document.title = `${title} · ${folderTitle}`
  }, [title, folderTitle])
}
