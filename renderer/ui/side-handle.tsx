import { useRef } from "react"
import "./side-handle.css"

/** How wide the files may be, in pixels. */
export const sideWidth = { least: 180, usual: 232, most: 360 } as const

interface SideHandleProps {
  width: number
  onChange: (width: number) => void
}

/** The edge of the files: dragged, or moved with the arrows; a double press brings the usual width back. */
export function SideHandle({ width, onChange }: SideHandleProps) {
  const start = useRef<{ x: number; width: number } | null>(null)
  const set = (wanted: number) =>
    onChange(Math.round(Math.min(sideWidth.most, Math.max(sideWidth.least, wanted))))
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved; this is the separator that can
    <div
      className="side-handle"
      role="separator"
      aria-label="Width of the files"
      aria-orientation="vertical"
      aria-valuenow={width}
      aria-valuemin={sideWidth.least}
      aria-valuemax={sideWidth.most}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        start.current = { x: event.clientX, width }
      }}
      onPointerMove={(event) => {
        if (start.current !== null)
          set(start.current.width + (event.clientX - start.current.x) * forwards(event.currentTarget))
      }}
      onPointerUp={() => {
        start.current = null
      }}
      onDoubleClick={() => set(sideWidth.usual)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -8, ArrowRight: 8 }[event.key]
        if (step !== undefined) set(width + step * forwards(event.currentTarget))
        else if (event.key === "Home") set(sideWidth.least)
        else if (event.key === "End") set(sideWidth.most)
      }}
    />
  )
}

/** 1 where lines run from left to right, else -1. */
function forwards(element: Element): 1 | -1 {
  return getComputedStyle(element).direction === "rtl" ? -1 : 1
}
