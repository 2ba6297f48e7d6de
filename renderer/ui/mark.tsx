import icon from "../styles/icon.svg"
import "./mark.css"

/** The app's icon. */
export function Mark({ size, label = "" }: { size: number; label?: string }) {
  return <img className="mark" src={icon} width={size} height={size} alt={label} draggable={false} />
}
