import { useEffect } from "react"
import type { Bridge } from "../../protocol/ipc.ts"
import { downloadText, fileNameFor } from "../download.ts"
import type { Tab } from "./tab-store.ts"

/** Tells main whether words in this window are nowhere else, so that it asks before it closes the window. */
export function useUnsavedWords(bridge: Bridge, tabs: readonly Tab[]): void {
  useEffect(() => {
    const sessions = tabs.flatMap(({ content }) => (content.kind === "open" ? [content.session] : []))
    let told: boolean | null = null
    const tell = () => {
      const isUnsaved = sessions.some((session) => session.snapshot().changes > 0)
      if (isUnsaved === told) return
      told = isUnsaved
      void bridge.call("unsaved-words", isUnsaved)
    }
    const ends = sessions.map((session) => session.subscribe(tell))
    tell()
    return () => {
      for (const end of ends) end()
    }
  }, [bridge, tabs])
}

/** Gives the person copies of such documents when they ask main for them instead of closing the window. */
export function useSaveCopies(bridge: Bridge, tabs: readonly Tab[]): void {
  useEffect(
    () =>
      bridge.on("save-copies", () => {
        for (const { title, content } of tabs) {
          if (content.kind !== "open" || content.session.snapshot().changes === 0) continue
          downloadText(fileNameFor(title), content.session.text.toString())
        }
      }),
    [bridge, tabs],
  )
}
