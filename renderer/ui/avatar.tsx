import "./avatar.css"

export interface Face {
  name: string
  /** 1 to 12: the place of the colour in the palette. */
  peer: number
  /** Quiet for a while: the ring only. */
  idle?: boolean
}

/** A person as a disc with the first letter of the name. The name itself must stand beside it, or label it. */
export function Avatar({ face, size = "middle" }: { face: Face; size?: "small" | "middle" | "large" }) {
  return (
    <span
      className={`avatar ${size}${face.idle === true ? " idle" : ""}`}
      data-peer={face.peer}
      aria-hidden="true"
    >
      {initial(face.name)}
    </span>
  )
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** The first letter as a person would say it: a whole grapheme, so an emoji or a letter with its accent. */
export function initial(name: string): string {
  const [first] = graphemes.segment(name.trim())
  return first === undefined ? "?" : first.segment.toLocaleUpperCase()
}
