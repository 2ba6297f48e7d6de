import type { Knock } from "../../protocol/embedded.ts"
import { KnockList } from "./knock-list.tsx"

interface KnockStripProps {
  knocks: readonly Knock[]
  onAnswer: (id: string, admit: boolean) => void
}

/** Those who ask to come in, over whatever the window shows: they wait for an answer. */
export function KnockStrip({ knocks, onAnswer }: KnockStripProps) {
  return (
    <div className="knock-strip" role="status">
      {knocks.length > 0 && <KnockList knocks={knocks} saysWhere onAnswer={onAnswer} />}
    </div>
  )
}
