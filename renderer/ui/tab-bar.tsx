import { Plus, X } from "lucide-react"
import { type KeyboardEvent, useEffect, useRef } from "react"
import { IconButton } from "./icon-button.tsx"
import "./tab-bar.css"

export interface TabLabel {
  path: string
  title: string
}

interface TabBarProps {
  tabs: readonly TabLabel[]
  active: string | null
  onActivate: (path: string) => void
  onClose: (path: string) => void
  /** None where files cannot be made, as in somebody else's document. */
  onNew?: () => void
}

/** The ids by which a tab and its panel know each other. */
export function tabId(path: string): string {
  return `tab ${path}`.replaceAll(" ", "_")
}

export function panelId(path: string): string {
  return `panel ${path}`.replaceAll(" ", "_")
}

/**
 * The open documents. Arrows, Home and End go from one to the next, Delete or a middle press closes.
 * Not react-aria's Tabs: that renders all it stands around twice to find its tabs, the editors included.
 */
export function TabBar({ tabs, active, onActivate, onClose, onNew }: TabBarProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const selected = active === null ? null : document.getElementById(tabId(active))
    selected?.scrollIntoView({ block: "nearest", inline: "nearest" })
    // The keyboard stays in the bar when it was there, also after the tab that it was on has closed.
    if (list.current?.contains(document.activeElement) === true) selected?.focus()
  }, [active])
  return (
    <div className="tabs">
      {tabs.length > 0 && (
        <div ref={list} role="tablist" className="tab-list" aria-label="Open files">
          {tabs.map((tab, index) => (
            <DocumentTab
              key={tab.path}
              tab={tab}
              isActive={tab.path === active}
              onActivate={onActivate}
              onClose={onClose}
              onKeyDown={(event) => {
                const goal = goalOf(event, index, tabs.length)
                const next = goal === null ? undefined : tabs.at(goal)
                if (next === undefined) return
                event.preventDefault()
                onActivate(next.path)
              }}
            />
          ))}
        </div>
      )}
      {onNew !== undefined && (
        <IconButton label="New file" onPress={onNew}>
          <Plus />
        </IconButton>
      )}
    </div>
  )
}

/** The place of the tab that a key asks for; null when it asks for none. */
function goalOf(event: KeyboardEvent, index: number, count: number): number | null {
  const forwards = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight"
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowRight":
      return (index + (event.key === forwards ? 1 : -1)) % count
    case "Home":
      return 0
    case "End":
      return count - 1
    default:
      return null
  }
}

interface DocumentTabProps {
  tab: TabLabel
  isActive: boolean
  onActivate: (path: string) => void
  onClose: (path: string) => void
  onKeyDown: (event: KeyboardEvent) => void
}

function DocumentTab({ tab, isActive, onActivate, onClose, onKeyDown }: DocumentTabProps) {
  return (
    <button
      type="button"
      role="tab"
      id={tabId(tab.path)}
      className="tab"
      aria-selected={isActive}
      aria-controls={panelId(tab.path)}
      aria-keyshortcuts="Delete"
      tabIndex={isActive ? 0 : -1}
      onClick={() => onActivate(tab.path)}
      onAuxClick={(event) => {
        if (event.button === 1) onClose(tab.path)
      }}
      onKeyDown={(event) => {
        if (event.key === "Delete") onClose(tab.path)
        else onKeyDown(event)
      }}
    >
      <span className="cut" title={tab.path}>
        <bdi>{tab.title}</bdi>
      </span>
      <CloseMark title={`Close ${tab.title}`} onClose={() => onClose(tab.path)} />
    </button>
  )
}

/** For the mouse only: a button inside a tab could not be reached by a screen reader; Delete does the same there. */
function CloseMark({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <span
      className="tab-close"
      title={title}
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation()
        onClose()
      }}
    >
      <X className="small" />
    </span>
  )
}
