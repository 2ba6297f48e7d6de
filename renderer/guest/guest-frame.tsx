import type { ReactNode } from "react"
import { Mark } from "../ui/mark.tsx"
import "./guest-frame.css"

/** A page before the document: one column, and beside it, where there is room, a quiet second one. */
export function GuestFrame({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <div className={`guest${aside === undefined ? "" : " with-aside"}`}>
      <main className="guest-column">
        <Mark size={40} label="Manyhands" />
        {children}
      </main>
      {aside}
    </div>
  )
}
