import { Globe, HardDrive, Plus, UserX, Wifi, WifiOff } from "lucide-react"
import type { ReactNode } from "react"
import { unreachable } from "../../protocol/errors.ts"
import { IconButton } from "./icon-button.tsx"
import "./files-side.css"

/** Where the document in front is shared, for the foot of the side. */
export type Reach =
  | { kind: "private" }
  | { kind: "from-here"; people: number }
  | { kind: "host"; host: string; people: number }
  | { kind: "offline"; host: string }
  | { kind: "ended" }

interface FilesSideProps {
  /** While it is not shown it keeps which folders are open. */
  isShown: boolean
  head: ReactNode
  /** None where files cannot be made. */
  onNew?: () => void
  /** The tree, or what stands in its place. */
  children: ReactNode
  reach: Reach
}

export function FilesSide({ isShown, head, onNew, children, reach }: FilesSideProps) {
  return (
    <nav className="side" aria-label="Files" data-region="files" hidden={!isShown}>
      <div className="side-head row">
        {head}
        <span className="grow" />
        {onNew !== undefined && (
          <IconButton label="New file" size="small" onPress={onNew}>
            <Plus />
          </IconButton>
        )}
      </div>
      {children}
      <Foot reach={reach} />
    </nav>
  )
}

function Foot({ reach }: { reach: Reach }) {
  const { icon, words, aside } = footParts(reach)
  return (
    <div className="side-foot row">
      {icon}
      <span className="grow cut">
        <bdi>{words}</bdi>
      </span>
      <span className="figures faint">{aside}</span>
    </div>
  )
}

function footParts(reach: Reach): { icon: ReactNode; words: string; aside: string } {
  switch (reach.kind) {
    case "private":
      return { icon: <HardDrive className="small" />, words: "Only on this computer", aside: "" }
    case "from-here":
      return { icon: <Wifi className="small" />, words: "From this computer", aside: `${reach.people} here` }
    case "host":
      return { icon: <Globe className="small" />, words: reach.host, aside: `${reach.people} here` }
    case "offline":
      return { icon: <WifiOff className="small" />, words: reach.host, aside: "offline" }
    case "ended":
      return { icon: <UserX className="small" />, words: "No longer shared with you", aside: "" }
    default:
      return unreachable(reach)
  }
}
