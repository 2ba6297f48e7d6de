import { unreachable } from "../../protocol/errors.ts"
import type { LightShape as Shape } from "../session/light.ts"
import "./light-shape.css"

/** The safety light's shape alone. Decoration: its words must stand beside it. */
export function LightShape({ shape }: { shape: Shape }) {
  return (
    <svg className="light" viewBox="0 0 14 14" aria-hidden="true" data-shape={shape}>
      <Parts shape={shape} />
    </svg>
  )
}

function Parts({ shape }: { shape: Shape }) {
  switch (shape) {
    case "dot":
      return <circle className="dot" cx="7" cy="7" r="4" />
    case "dot-ring":
      return <Ringed ring="ring" />
    case "dot-broken-ring":
      return <Ringed ring="wait" />
    case "arc":
      return <Ringed ring="busy" />
    case "triangle":
      return (
        <>
          <path
            className="no"
            d="M7 .6a1.6 1.6 0 0 1 1.4.8l5.3 9.4a1.6 1.6 0 0 1-1.4 2.4H1.7A1.6 1.6 0 0 1 .3 10.8L5.6 1.4A1.6 1.6 0 0 1 7 .6z"
          />
          <path className="mark" d="M7 4.6v3.6M7 10.6v.01" />
        </>
      )
    default:
      return unreachable(shape)
  }
}

function Ringed({ ring }: { ring: "ring" | "wait" | "busy" }) {
  return (
    <>
      <circle className="dot" cx="7" cy="7" r="3.25" />
      <circle className={ring} cx="7" cy="7" r="6" />
    </>
  )
}
