import { useState } from "react"
import { Form } from "react-aria-components/Form"
import { AppError } from "../../protocol/errors.ts"
import { parseRoomName, type RoomName } from "../../protocol/room-name.ts"
import { Button } from "../ui/button.tsx"
import { Field } from "../ui/field.tsx"
import { GuestFrame } from "./guest-frame.tsx"
import "../ui/person-form.css"

/** For a link that is good for every document of the host: asks which one. A new name makes a new document. */
export function WhichPage({ onChoose }: { onChoose: (room: RoomName) => void }) {
  const [name, setName] = useState("")
  const [mistake, setMistake] = useState<string | null>(null)
  return (
    <GuestFrame>
      <h1 className="size-20 strong">Which document?</h1>
      <p className="quiet">
        Your link opens every document of this host. Give the name of one; a name that is new makes a new
        document.
      </p>
      <Form
        className="person-form"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault()
          const room = parsed(name)
          if (room.ok) onChoose(room.value)
          else setMistake(room.mistake)
        }}
      >
        <Field
          label="Name of the document"
          placeholder="notes"
          size="large"
          autoFocus
          autoComplete="off"
          spellCheck="false"
          mistake={mistake}
          value={name}
          onChange={(text) => {
            setName(text)
            setMistake(null)
          }}
        />
        <Button type="submit" look="ink" size="large" wide>
          Open it
        </Button>
      </Form>
    </GuestFrame>
  )
}

function parsed(name: string): { ok: true; value: RoomName } | { ok: false; mistake: string } {
  if (name.trim() === "") return { ok: false, mistake: "Write a name, such as notes." }
  try {
    return { ok: true, value: parseRoomName(name.trim()) }
  } catch (error) {
    if (error instanceof AppError) return { ok: false, mistake: `${error.message}.` }
    throw error
  }
}
