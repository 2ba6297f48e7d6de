import { Undo2 } from "lucide-react"
import { Banner } from "../ui/banner.tsx"
import { timeWords } from "../ui/time-words.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { UnsentWords } from "./unsent-words.ts"

/** One line over the text: words that a closed tab had left in this browser are in the document. */
export function ReturnedBanner({ words }: { words: UnsentWords }) {
  const returned = useSnapshot(words)
  if (returned === null) return null
  const when = timeWords(returned.writtenAt, Date.now())
  return (
    <Banner
      tone="neutral"
      icon={<Undo2 />}
      title={`Your words from ${when} are back.`}
      onClose={words.dismiss}
    >
      They had not reached the host when the tab was closed. Now they are in the text.
    </Banner>
  )
}
