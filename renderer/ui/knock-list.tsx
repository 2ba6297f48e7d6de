import type { Knock } from "../../protocol/embedded.ts"
import { Avatar } from "./avatar.tsx"
import { Button } from "./button.tsx"
import "./knock-list.css"

interface KnockListProps {
  knocks: readonly Knock[]
  /** Whether each says what it is about: not where that is in sight. */
  saysWhere: boolean
  onAnswer: (id: string, admit: boolean) => void
}

/** Those who ask to come in, each with the two answers. */
export function KnockList({ knocks, saysWhere, onAnswer }: KnockListProps) {
  return (
    <ul className="knocks" aria-label="Asking to come in">
      {knocks.map((knock) => (
        <li key={knock.id} className="row knock">
          <Avatar face={{ name: knock.name, peer: knock.peer, idle: false }} />
          <span className="grow">
            <span className="medium">
              <bdi>{knock.name}</bdi>
            </span>{" "}
            <span className="quiet">
              {saysWhere ? (
                <>
                  asks to come into “<bdi>{knock.title}</bdi>”
                </>
              ) : (
                "asks to come in"
              )}
            </span>
          </span>
          <Button look="ghost" size="small" onPress={() => onAnswer(knock.id, false)}>
            Not now
          </Button>
          <Button size="small" onPress={() => onAnswer(knock.id, true)}>
            Let in
          </Button>
        </li>
      ))}
    </ul>
  )
}
