import { useEffect, useState } from "react"
import "./drop-target.css"

/** Takes files and folders that are dropped anywhere in the window, before the text under them can. */
export function DropTarget({ onDrop }: { onDrop: (files: readonly File[]) => void }) {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const owner = new AbortController()
    const listen = { signal: owner.signal, capture: true }
    const taken = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return false
      event.preventDefault()
      event.stopPropagation()
      return true
    }
    window.addEventListener("dragover", (event) => taken(event) && setOver(true), listen)
    window.addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), listen)
    window.addEventListener(
      "drop",
      (event) => {
        if (!taken(event)) return
        setOver(false)
        onDrop([...(event.dataTransfer?.files ?? [])])
      },
      listen,
    )
    return () => owner.abort()
  }, [onDrop])
  if (!isOver) return null
  return (
    <div className="drop-target" aria-hidden="true">
      <span className="size-14 medium">Drop to open</span>
    </div>
  )
}
