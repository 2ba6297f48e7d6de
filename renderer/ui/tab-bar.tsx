import { Plus, X } from "lucide-react"
import { useEffect, useRef } from "react"
import { Tab, TabList } from "react-aria-components/Tabs"
import { IconButton } from "./icon-button.tsx"
import "./tab-bar.css"

export interface TabLabel {
  path: string
  title: string
}

interface TabBarProps {
  tabs: readonly TabLabel[]
  active: string | null
  onClose: (path: string) => void
  /** None where files cannot be made, as in somebody else's document. */
  onNew?: () => void
}

/** The open documents. Stands inside `Tabs`, which says which one is in front. */
export function TabBar({ tabs, active, onClose, onNew }: TabBarProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (active === null) return
    list.current?.querySelector("[data-selected]")?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }, [active])
  return (
    <div
      className="tabs"
      role="presentation"
      onKeyDown={(event) => {
        const isTab = event.target instanceof Element && event.target.getAttribute("role") === "tab"
        if (event.key === "Delete" && isTab && active !== null) onClose(active)
      }}
    >
      {tabs.length > 0 && (
        <TabList
          ref={list}
          className="tab-list"
          aria-label="Open files"
          items={tabs.map((tab) => ({ ...tab, id: tab.path }))}
        >
          {(tab) => <DocumentTab tab={tab} onClose={onClose} />}
        </TabList>
      )}
      {onNew !== undefined && (
        <IconButton label="New file" onPress={onNew}>
          <Plus />
        </IconButton>
      )}
    </div>
  )
}

function DocumentTab({ tab, onClose }: { tab: TabLabel; onClose: (path: string) => void }) {
  return (
    <Tab
      id={tab.path}
      className="tab"
      aria-label={tab.title}
      onAuxClick={(event) => {
        if (event.button === 1) onClose(tab.path)
      }}
    >
      <span className="cut" title={tab.path}>
        <bdi>{tab.title}</bdi>
      </span>
      <CloseMark title={`Close ${tab.title}`} onClose={() => onClose(tab.path)} />
    </Tab>
  )
}

/** For the mouse only: a button inside a tab could not be reached by a screen reader; Delete does the same there. */
function CloseMark({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <span
      className="tab-close"
      title={title}
      aria-hidden="true"
      onPointerDown={(event) => event.stopPropagation()}
      onMouseDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation()
        onClose()
      }}
    >
      <X className="small" />
    </span>
  )
}
