import type { ReactNode } from "react"
import { Button, type ButtonProps } from "react-aria-components/Button"
import { TooltipTrigger } from "react-aria-components/Tooltip"
import { Tooltip } from "./tooltip.tsx"
import "./icon-button.css"

interface IconButtonProps extends Omit<ButtonProps, "className" | "style" | "children"> {
  /** What it does: the accessible name and the tooltip. */
  label: string
  size?: "small" | "middle" | "touch"
  children: ReactNode
}

export function IconButton({ label, size = "middle", children, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={600} closeDelay={80}>
      <Button {...props} aria-label={label} className={`icon-button ${size}`}>
        {children}
      </Button>
      <Tooltip>{label}</Tooltip>
    </TooltipTrigger>
  )
}
