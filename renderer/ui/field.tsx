import { CircleAlert } from "lucide-react"
import type { ReactNode } from "react"
import {
  FieldError,
  Input,
  Label,
  Text,
  TextField,
  type TextFieldProps,
} from "react-aria-components/TextField"
import "./field.css"

interface FieldProps extends Omit<TextFieldProps, "className" | "style" | "children"> {
  label: string
  placeholder?: string
  /** Under the field, while there is no mistake in it. */
  hint?: string | undefined
  /** The sentence about a mistake; null when there is none. */
  mistake?: string | null
  icon?: ReactNode
  /** Beside the field, on its line. */
  action?: ReactNode
  size?: "middle" | "large"
}

/** A labelled line of text with its hint or its mistake under it. */
export function Field({ label, placeholder = "", hint, mistake = null, icon, action, ...rest }: FieldProps) {
  const { size = "middle", ...props } = rest
  return (
    <TextField {...props} isInvalid={mistake !== null} className={`field ${size}`}>
      <Label className="medium">{label}</Label>
      <div className="row">
        <span className="field-box grow">
          {icon}
          <Input placeholder={placeholder} />
        </span>
        {action}
      </div>
      {mistake === null && hint !== undefined && (
        <Text slot="description" className="field-under faint">
          {hint}
        </Text>
      )}
      <FieldError className="field-under field-mistake">
        <CircleAlert className="small" />
        <span>{mistake}</span>
      </FieldError>
    </TextField>
  )
}
