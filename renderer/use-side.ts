import { useState } from "react"
import { sideWidth } from "./ui/side-handle.tsx"
import { useMedia } from "./use-media.ts"

export interface Side {
  /** There is no room beside the text: the files lie over it as a drawer. */
  isDrawer: boolean
  isShown: boolean
  /** Pixels. */
  width: number
  resize: (width: number) => void
  show: () => void
  toggle: () => void
  /** The drawer goes; a side that stands beside the text stays. */
  closeDrawer: () => void
}

const key = "manyhands:side-width"

/** Whether and how the files stand at the side. The width is remembered. */
export function useSide(options: { opensAtFirst: boolean }): Side {
  const isDrawer = useMedia("(max-width: 899px)")
  const [isOpen, setOpen] = useState(options.opensAtFirst)
  const [isDrawerOpen, setDrawerOpen] = useState(false)
  const [width, setWidth] = useState(rememberedWidth)
  return {
    isDrawer,
    isShown: isDrawer ? isDrawerOpen : isOpen,
    width,
    resize: (wanted) => {
      localStorage.setItem(key, String(wanted))
      setWidth(wanted)
    },
    show: () => (isDrawer ? setDrawerOpen(true) : setOpen(true)),
    toggle: () => (isDrawer ? setDrawerOpen(!isDrawerOpen) : setOpen(!isOpen)),
    closeDrawer: () => setDrawerOpen(false),
  }
}

function rememberedWidth(): number {
  const width = Number(localStorage.getItem(key))
  return width >= sideWidth.least && width <= sideWidth.most ? width : sideWidth.usual
}
