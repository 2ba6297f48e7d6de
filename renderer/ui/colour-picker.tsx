import { Label, Radio, RadioGroup } from "react-aria-components/RadioGroup"
import { peerColours } from "../../protocol/presence.ts"
import "./colour-picker.css"

interface ColourPickerProps {
  /** 1 to 12. */
  value: number
  onChange: (peer: number) => void
  /** Colours that others use: crossed out, still allowed. */
  used?: readonly number[]
}

export function ColourPicker({ value, onChange, used = [] }: ColourPickerProps) {
  return (
    <RadioGroup
      className="colour-picker"
      orientation="horizontal"
      value={String(value)}
      onChange={(peer) => onChange(Number(peer))}
    >
      <Label className="medium">Your colour</Label>
      <div className="swatches">
        {peerColours.map(({ name }, index) => {
          const peer = index + 1
          const taken = used.includes(peer)
          return (
            <Radio
              key={name}
              value={String(peer)}
              className={`swatch${taken ? " taken" : ""}`}
              data-peer={peer}
              aria-label={taken ? `${name}, in use` : name}
            />
          )
        })}
      </div>
    </RadioGroup>
  )
}
