import { ChevronDown, FileText, Folder, FolderOpen, Globe, Settings as SettingsIcon } from "lucide-react"
import { Button } from "react-aria-components/Button"
import { MenuTrigger } from "react-aria-components/Menu"
import { Separator } from "react-aria-components/Separator"
import type { RecentEntry } from "../../protocol/ipc.ts"
import { Menu, MenuItem } from "./menu.tsx"

export interface FolderMenuActions {
  openFolder: () => void
  openFile: () => void
  openRecent: (entry: RecentEntry) => void
  settings: () => void
}

interface FolderMenuProps {
  title: string
  recent: readonly RecentEntry[]
  actions: FolderMenuActions
}

const recentShown = 5

/** The folder's name; pressed, the way to other folders and to the settings. */
export function FolderMenu({ title, recent, actions }: FolderMenuProps) {
  const others = recent.filter((entry) => !entry.missing && entry.title !== title).slice(0, recentShown)
  return (
    <MenuTrigger>
      <Button className="folder-name" aria-label={`${title}, folder menu`}>
        <span className="cut strong">
          <bdi>{title}</bdi>
        </span>
        <ChevronDown className="small" />
      </Button>
      <Menu label="Folder">
        <MenuItem
          words="Open a folder"
          icon={<FolderOpen className="small" />}
          onAction={actions.openFolder}
        />
        <MenuItem words="Open a file" icon={<FileText className="small" />} onAction={actions.openFile} />
        {others.length > 0 && <Separator />}
        {others.map((entry) => (
          <MenuItem
            key={entry.key}
            words={entry.title}
            aside={entry.place}
            icon={<RecentIcon kind={entry.kind} />}
            onAction={() => actions.openRecent(entry)}
          />
        ))}
        <Separator />
        <MenuItem words="Settings" icon={<SettingsIcon className="small" />} onAction={actions.settings} />
      </Menu>
    </MenuTrigger>
  )
}

function RecentIcon({ kind }: { kind: RecentEntry["kind"] }) {
  if (kind === "folder") return <Folder className="small" />
  return kind === "file" ? <FileText className="small" /> : <Globe className="small" />
}
