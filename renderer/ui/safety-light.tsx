import { type ReactNode, useEffect, useState } from "react"
import { Button } from "react-aria-components/Button"
import { Dialog, DialogTrigger } from "react-aria-components/Dialog"
import { Popover } from "react-aria-components/Popover"
import type { Light } from "../session/light.ts"
import { LightShape } from "./light-shape.tsx"
import "./safety-light.css"

interface SafetyLightProps {
  light: Light
  /** Ways to bring words in danger to safety, shown in the popover. */
  actions?: ReactNode
  placement?: "top start" | "bottom start"
}

/** Where the words are: a shape and a few words; pressed, the whole sentence. Tells screen readers of every change. */
export function SafetyLight({ light, actions, placement = "top start" }: SafetyLightProps) {
  const [head, ...rest] = light.sentence.split(/(?<=[.?]) /)
  return (
    <>
      <DialogTrigger>
        <Button className={`safety-light ${light.tone}`} aria-label={`${light.words}. Where the words are`}>
          <LightShape shape={light.shape} />
          <span className="cut">{light.words}</span>
        </Button>
        <Popover className="popover" placement={placement} offset={6}>
          <Dialog className="safety-sentence" aria-label="Where the words are">
            <h2 className="size-14 medium">{head?.replace(/\.$/, "")}</h2>
            {rest.length > 0 && <p className="quiet">{rest.join(" ")}</p>}
            {light.tone === "bad" && actions !== undefined && <div className="row">{actions}</div>}
          </Dialog>
        </Popover>
      </DialogTrigger>
      <Announcement light={light} />
    </>
  )
}

/** Two live regions that are always there, so that a change of words is heard, and danger at once. */
function Announcement({ light }: { light: Light }) {
  const [first] = useState(light.words)
  const [changed, setChanged] = useState(false)
  useEffect(() => {
    if (light.words !== first) setChanged(true)
  }, [light.words, first])
  // What stands there from the start is read with the page; only what changes is announced.
  const words = changed || light.assertive ? `${light.words}.` : ""
  return (
    <>
      <span className="unseen" aria-live="polite">
        {light.assertive ? "" : words}
      </span>
      <span className="unseen" aria-live="assertive">
        {light.assertive ? words : ""}
      </span>
    </>
  )
}
