import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button"
import "./button.css"

interface ButtonProps extends Omit<AriaButtonProps, "className" | "style"> {
  /** Ink is the one thing to do here; ghost has no frame; danger is a ghost that takes something away. */
  look?: "plain" | "ink" | "ghost" | "danger"
  size?: "small" | "middle" | "large"
  /** As wide as what it is in. */
  wide?: boolean
}

export function Button({ look = "plain", size = "middle", wide = false, ...props }: ButtonProps) {
  return <AriaButton {...props} className={`button ${look} ${size}${wide ? " wide" : ""}`} />
}
