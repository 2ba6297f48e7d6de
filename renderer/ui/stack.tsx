import { Avatar, type Face } from "./avatar.tsx"

/** Faces that overlap a little, as a picture only. More than `room`: the last disc says how many are not shown. */
export function Stack({ faces, room = 5 }: { faces: readonly Face[]; room?: number }) {
  const shown = faces.length > room ? faces.slice(0, room - 1) : faces
  const hidden = faces.length - shown.length
  const numbered = shown.map((face, place) => ({ face, place }))
  return (
    <span className="stack" aria-hidden="true">
      {numbered.map(({ face, place }) => (
        <Avatar key={place} face={face} />
      ))}
      {hidden > 0 && <span className="avatar middle more">+{hidden}</span>}
    </span>
  )
}
