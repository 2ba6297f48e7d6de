import { useRef, useState } from "react"
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components/Modal"
import type { ThemeChoice } from "../../protocol/ipc.ts"
import { Limits } from "../../protocol/limits.ts"
import { Button } from "./button.tsx"
import { ColourPicker } from "./colour-picker.tsx"
import { Field } from "./field.tsx"
import { Segments } from "./segments.tsx"
import "./settings-dialog.css"

interface SettingsDialogProps {
  person: { name: string; peer: number }
  theme: ThemeChoice
  used: readonly number[]
  /** Shown at the foot; none in a browser. */
  version?: string
  onPerson: (person: { name: string; peer: number }) => void
  onTheme: (theme: ThemeChoice) => void
  onClose: () => void
}

const themes = [
  { value: "system", words: "System" },
  { value: "light", words: "Light" },
  { value: "dark", words: "Dark" },
] as const

/** Name, colour, theme. Each change acts at once. */
export function SettingsDialog({
  person,
  theme,
  used,
  version,
  onPerson,
  onTheme,
  onClose,
}: SettingsDialogProps) {
  const [name, setName] = useState(person.name)
  const [peer, setPeer] = useState(person.peer)
  // A press on a colour also ends the name's field: the two must not save over each other's half.
  const latest = useRef(person)
  const save = (change: Partial<typeof person>) => {
    latest.current = { ...latest.current, ...change }
    onPerson(latest.current)
  }
  const saveName = () => {
    const trimmed = name.trim()
    if (trimmed === "") setName(latest.current.name)
    else if (trimmed !== latest.current.name) save({ name: trimmed })
  }
  const close = () => {
    saveName()
    onClose()
  }
  return (
    <ModalOverlay
      className="scrim"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => (isOpen ? undefined : close())}
    >
      <Modal className="modal">
        <Dialog className="settings">
          <Heading slot="title" className="size-16 strong">
            Settings
          </Heading>
          <Field
            label="Your name"
            hint="The others see it beside your caret."
            autoComplete="given-name"
            maxLength={Limits.personNameLength}
            value={name}
            onChange={setName}
            onBlur={saveName}
            onKeyDown={(event) => (event.key === "Enter" ? saveName() : event.continuePropagation())}
          />
          <ColourPicker
            value={peer}
            used={used}
            onChange={(chosen) => {
              setPeer(chosen)
              save({ peer: chosen })
            }}
          />
          <div className="row">
            <span className="grow medium">Theme</span>
            <Segments label="Theme" value={theme} choices={themes} onChange={onTheme} />
          </div>
          <div className="row settings-foot">
            <span className="grow size-12 faint">{version === undefined ? "" : `Manyhands ${version}`}</span>
            <Button look="ink" onPress={close}>
              Done
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
