import { useState } from "react"
import { FieldError, Input, TextField } from "react-aria-components/TextField"
import type { Outcome } from "../../protocol/ipc.ts"
import { pathFor } from "../desktop/file-name.ts"
import "./new-file-field.css"

interface NewFileFieldProps {
  onMake: (path: string) => Promise<Outcome<unknown>>
  /** It was made, or the person thought better of it. */
  onDone: () => void
}

/** A row of the tree in which a new file gets its name. Without an ending it becomes Markdown; Escape leaves. */
export function NewFileField({ onMake, onDone }: NewFileFieldProps) {
  const [name, setName] = useState("")
  const [mistake, setMistake] = useState<string | null>(null)
  const make = async () => {
    const path = pathFor(name)
    if (path === null) {
      onDone()
      return
    }
    const outcome = await onMake(path)
    if (outcome.ok) onDone()
    else setMistake(outcome.error.message)
  }
  return (
    <TextField
      className="new-file"
      aria-label="Name of the new file"
      autoFocus
      isInvalid={mistake !== null}
      value={name}
      onChange={(text) => {
        setName(text)
        setMistake(null)
      }}
      onBlur={() => {
        if (name.trim() === "") onDone()
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") void make()
        else if (event.key === "Escape") onDone()
        else event.continuePropagation()
      }}
    >
      <span className="field-box">
        <Input placeholder="Name" spellCheck="false" autoComplete="off" />
      </span>
      <FieldError className="field-under field-mistake">{mistake}</FieldError>
    </TextField>
  )
}
