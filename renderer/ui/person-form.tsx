import { type ReactNode, useState } from "react"
import { Form } from "react-aria-components/Form"
import { Limits } from "../../protocol/limits.ts"
import { Button } from "./button.tsx"
import { ColourPicker } from "./colour-picker.tsx"
import { Field } from "./field.tsx"
import "./person-form.css"

interface PersonFormProps {
  start: { name: string; peer: number }
  /** Under the name. */
  hint?: string
  /** Colours that others use. */
  used?: readonly number[]
  /** Between the colours and the button. */
  note?: ReactNode
  /** The button's words. */
  done: string
  onDone: (person: { name: string; peer: number }) => void
}

/** Asks for a name and a colour. Enter is the button. */
export function PersonForm({ start, hint, used = [], note, done, onDone }: PersonFormProps) {
  const [name, setName] = useState(start.name)
  const [peer, setPeer] = useState(start.peer)
  const [isAsked, setAsked] = useState(false)
  const isMissing = isAsked && name.trim() === ""
  return (
    <Form
      className="person-form"
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault()
        setAsked(true)
        if (name.trim() !== "") onDone({ name: name.trim(), peer })
      }}
    >
      <Field
        label="Your name"
        size="large"
        placeholder="Your first name will do"
        hint={hint}
        mistake={isMissing ? "Write a name, so that the others know who is typing." : null}
        autoFocus
        autoComplete="given-name"
        maxLength={Limits.personNameLength}
        value={name}
        onChange={setName}
      />
      <ColourPicker value={peer} onChange={setPeer} used={used} />
      {note}
      <Button type="submit" look="ink" size="large" wide>
        {done}
      </Button>
    </Form>
  )
}
