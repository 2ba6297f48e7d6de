import { X } from "lucide-react"
import type { ReactNode } from "react"
import { IconButton } from "./icon-button.tsx"
import "./banner.css"

interface BannerProps {
  tone: "neutral" | "bad"
  icon: ReactNode
  /** What is so, with its full stop. */
  title: string
  /** What it means for the words. */
  children: ReactNode
  actions?: ReactNode
  /** Only neutral banners can be closed. */
  onClose?: () => void
}

/** One line over the text. It pushes the text down; the text keeps its place. */
export function Banner({ tone, icon, title, children, actions, onClose }: BannerProps) {
  return (
    <div className={`banner ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      {icon}
      <span className="grow">
        <span className="medium">{title}</span> <span className="quiet">{children}</span>
      </span>
      {actions}
      {onClose !== undefined && (
        <IconButton label="Close" onPress={onClose}>
          <X />
        </IconButton>
      )}
    </div>
  )
}
