import { History } from "lucide-react"
import { Banner } from "./banner.tsx"
import { Button } from "./button.tsx"
import { Stack } from "./stack.tsx"
import type { AbsenceNews } from "./use-absence-news.ts"

/** One line over the text: others wrote while one was away. */
export function AbsenceBanner({ news, onShow }: { news: AbsenceNews; onShow: () => void }) {
  return (
    <Banner
      tone="neutral"
      icon={<History />}
      title={news.sentence}
      actions={
        <>
          <Stack faces={news.writers} />
          <Button size="small" onPress={onShow}>
            {news.changes.length === 1 ? "Show it" : "Show them"}
          </Button>
        </>
      }
      onClose={news.dismiss}
    >
      Yours and theirs are together now. Nothing was lost.
    </Banner>
  )
}
