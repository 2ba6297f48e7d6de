import type { ReactNode } from "react"
import "./centre-note.css"

/** A few quiet words in the place of a text: nothing here yet, this file cannot be opened. */
export function CentreNote({
  title,
  children,
  actions,
}: {
  title: string
  children: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="centre-note">
      <section>
        <h1 className="size-20 strong">{title}</h1>
        <div className="quiet size-14">{children}</div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </section>
    </div>
  )
}
