import { Link } from "lucide-react"
import { useState } from "react"
import { Form } from "react-aria-components/Form"
import { AppError } from "../../protocol/errors.ts"
import { parseInviteLink } from "../../protocol/invite.ts"
import type { Outcome } from "../../protocol/ipc.ts"
import { Button } from "./button.tsx"
import { Field } from "./field.tsx"

interface JoinByLinkProps {
  /** Called with a text that has the form of an invite link. */
  onJoin: (link: string) => Promise<Outcome<null>>
  label?: string
}

/** A field for an invite link. What is wrong with it is said under it. */
export function JoinByLink({ onJoin, label = "Join by link" }: JoinByLinkProps) {
  const [link, setLink] = useState("")
  const [mistake, setMistake] = useState<string | null>(null)
  const [isJoining, setJoining] = useState(false)

  const join = async () => {
    const wrong = mistakeIn(link)
    setMistake(wrong)
    if (wrong !== null) return
    setJoining(true)
    const outcome = await onJoin(link.trim())
    setJoining(false)
    if (!outcome.ok) setMistake(outcome.error.message)
  }

  return (
    <Form
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isJoining) void join()
      }}
    >
      <Field
        label={label}
        placeholder="Paste an invite link"
        icon={<Link className="small" />}
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck="false"
        mistake={mistake}
        value={link}
        onChange={(text) => {
          setLink(text)
          setMistake(null)
        }}
        action={
          <Button type="submit" isDisabled={isJoining}>
            {isJoining ? "Joining" : "Join"}
          </Button>
        }
      />
    </Form>
  )
}

function mistakeIn(link: string): string | null {
  if (link.trim() === "") return "Paste the link that you were sent."
  try {
    parseInviteLink(link)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
