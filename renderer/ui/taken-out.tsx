import { FileX } from "lucide-react"
import type { FolderSession } from "../session/folder-session.ts"
import { useSnapshot } from "../use-snapshot.ts"
import { Banner } from "./banner.tsx"
import { Button } from "./button.tsx"

interface TakenOutProps {
  tree: FolderSession
  room: string
  title: string
  /** Where its words are now: "on this computer", "at the host". */
  kept: string
}

/** Says that the file in front was taken out of the shared folder, and offers to bring it back. */
export function TakenOut({ tree, room, title, kept }: TakenOutProps) {
  const { readOnly } = useSnapshot(tree)
  const putBack = () => tree.putBack({ room, path: tree.lastPathOf(room) ?? `${title}.md` })
  return (
    <Banner
      tone="neutral"
      icon={<FileX />}
      title={`“${title}” is not in the folder any more.`}
      actions={
        readOnly ? null : (
          <Button size="small" onPress={putBack}>
            Put it back
          </Button>
        )
      }
    >
      Somebody took it out. What it says is kept {kept}.
    </Banner>
  )
}
