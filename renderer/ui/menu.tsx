import type { ReactNode } from "react"
import { Menu as AriaMenu, MenuItem as AriaMenuItem } from "react-aria-components/Menu"
import { Popover } from "react-aria-components/Popover"
import "./menu.css"

/** What a MenuTrigger opens. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Popover className="popover" placement="bottom start" offset={6}>
      <AriaMenu className="menu" aria-label={label}>
        {children}
      </AriaMenu>
    </Popover>
  )
}

interface MenuItemProps {
  words: string
  icon?: ReactNode
  /** A second, fainter line of words at the end, such as where a folder is. */
  aside?: string
  href?: string
  onAction?: () => void
}

export function MenuItem({ words, icon, aside, href, onAction }: MenuItemProps) {
  return (
    <AriaMenuItem
      className="menu-item"
      textValue={words}
      {...(href === undefined ? {} : { href })}
      {...(onAction === undefined ? {} : { onAction })}
    >
      {icon}
      <span className="grow cut">
        <bdi>{words}</bdi>
      </span>
      {aside !== undefined && <span className="faint size-12 cut menu-aside">{aside}</span>}
    </AriaMenuItem>
  )
}
