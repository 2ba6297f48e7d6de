import { copyText } from "../copy-text.ts"
import { Button } from "../ui/button.tsx"
import type { GuestDocument } from "./guest-document.ts"

/** Two ways to bring words out of a tab that cannot send them. */
export function GuestRescue({ document }: { document: GuestDocument }) {
  return (
    <>
      <Button size="small" onPress={document.download}>
        Download a copy
      </Button>
      <Button size="small" look="ghost" onPress={() => copyText(document.session.text.toString())}>
        Copy all text
      </Button>
    </>
  )
}
