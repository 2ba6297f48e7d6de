import icon from "../styles/icon.svg"

/** The app's icon. */
export function Mark({ size, label = "" }: { size: number; label?: string }) {
  return <img src={icon} width={size} height={size} alt={label} draggable={false} />
}
