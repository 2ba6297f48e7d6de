import { Switch as AriaSwitch } from "react-aria-components/Switch"
import "./switch.css"

interface SwitchProps {
  label: string
  /** What it does, in smaller words under the label. */
  hint: string
  isOn: boolean
  isDisabled?: boolean
  onChange: (isOn: boolean) => void
}

/** Something that is on or off, and acts at once. */
export function Switch({ label, hint, isOn, isDisabled = false, onChange }: SwitchProps) {
  return (
    <AriaSwitch className="switch" isSelected={isOn} isDisabled={isDisabled} onChange={onChange}>
      <span className="grow">
        <span className="medium">{label}</span>
        <span className="size-12 faint switch-hint">{hint}</span>
      </span>
      <span className="switch-track" aria-hidden="true" />
    </AriaSwitch>
  )
}
