import { Server } from "lucide-react"
import { type FormEvent, useState } from "react"
import { Form } from "react-aria-components/Form"
import { AppError, type ErrorReport } from "../../protocol/errors.ts"
import { parseInviteLink } from "../../protocol/invite.ts"
import { Button } from "./button.tsx"
import { Field } from "./field.tsx"
import { Notice } from "./notice.tsx"
import "./server-part.css"

interface ServerPartProps {
  /** The server at which it goes on. Null: this computer. */
  server: string | null
  onContinue: (link: string) => Promise<ErrorReport | null>
  onBringBack: () => Promise<ErrorReport | null>
}

/** Where it is when this computer is off: at a server, once somebody has it go on there. */
export function ServerPart({ server, onContinue, onBringBack }: ServerPartProps) {
  const [first] = useState(server)
  const [hasMoved, setMoved] = useState(false)
  if (server !== first && !hasMoved) setMoved(true)
  // What had the keyboard has gone with the move: its successor takes it, or Escape would reach nothing.
  return server === null ? (
    <Continue hasMoved={hasMoved} onContinue={onContinue} />
  ) : (
    <BringBack server={server} hasMoved={hasMoved} onBringBack={onBringBack} />
  )
}

interface ContinueProps {
  hasMoved: boolean
  onContinue: ServerPartProps["onContinue"]
}

function Continue({ hasMoved, onContinue }: ContinueProps) {
  const [isOpen, setOpen] = useState(false)
  const [link, setLink] = useState("")
  const [mistake, setMistake] = useState<string | null>(null)
  const [isMoving, setMoving] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const wrong = mistakeIn(link)
    setMistake(wrong)
    if (wrong !== null || isMoving) return
    setMoving(true)
    const trouble = await onContinue(link.trim())
    setMoving(false)
    if (trouble !== null) setMistake(trouble.message)
  }
  if (!isOpen) {
    return (
      <div className="row server-row">
        <span className="grow">
          <span className="medium">Continue on a server</span>
          <span className="size-12 faint server-hint">Then it is there when this computer is off.</span>
        </span>
        <Button size="small" autoFocus={hasMoved} onPress={() => setOpen(true)}>
          Continue
        </Button>
      </div>
    )
  }
  return (
    <Form validationBehavior="aria" onSubmit={(event) => void submit(event)}>
      <Field
        label="Continue on a server"
        placeholder="An owner’s link of the server"
        icon={<Server className="small" />}
        type="url"
        autoComplete="off"
        spellCheck="false"
        autoFocus
        mistake={mistake}
        value={link}
        onChange={(text) => {
          setLink(text)
          setMistake(null)
        }}
        action={
          <Button type="submit" isDisabled={isMoving}>
            {isMoving ? "Moving" : "Continue"}
          </Button>
        }
      />
      <p className="size-12 faint server-hint" role="status">
        {isMoving
          ? "Everything that is kept of it goes there. Keep writing meanwhile."
          : "Everybody stays in it, and nobody needs a new link."}
      </p>
    </Form>
  )
}

interface BringBackProps {
  server: string
  hasMoved: boolean
  onBringBack: ServerPartProps["onBringBack"]
}

function BringBack({ server, hasMoved, onBringBack }: BringBackProps) {
  const [isMoving, setMoving] = useState(false)
  const [trouble, setTrouble] = useState<ErrorReport | null>(null)
  const bringBack = async () => {
    setMoving(true)
    setTrouble(await onBringBack())
    setMoving(false)
  }
  return (
    <>
      <div className="row server-row">
        <span className="grow">
          <span className="medium">
            Goes on at <bdi>{server}</bdi>
          </span>
          <span className="size-12 faint server-hint">You can close this computer. The others stay.</span>
        </span>
        <Button size="small" autoFocus={hasMoved} isDisabled={isMoving} onPress={() => void bringBack()}>
          {isMoving ? "Moving" : "Bring it back"}
        </Button>
      </div>
      {trouble !== null && <Notice report={trouble} />}
    </>
  )
}

function mistakeIn(link: string): string | null {
  if (link.trim() === "")
    return "Paste the link that the server printed when it was started for the first time."
  try {
    parseInviteLink(link)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}
