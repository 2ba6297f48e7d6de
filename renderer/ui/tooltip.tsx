import type { ReactNode } from "react"
import { Tooltip as AriaTooltip } from "react-aria-components/Tooltip"
import "./tooltip.css"

/** The words beside a control; goes inside a TooltipTrigger. */
export function Tooltip({ children }: { children: ReactNode }) {
  return (
    <AriaTooltip className="tooltip" offset={6}>
      {children}
    </AriaTooltip>
  )
}
