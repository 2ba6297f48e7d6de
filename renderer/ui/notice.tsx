import { CircleAlert, Info, X } from "lucide-react"
import type { ErrorReport } from "../../protocol/errors.ts"
import { IconButton } from "./icon-button.tsx"
import "./notice.css"

interface NoticeProps {
  report: ErrorReport
  /** Something happened, and nothing is wrong. */
  isCalm?: boolean
  onClose?: () => void
}

/** Something that could not be done, or that happened, in a sentence, until it is read away or tried again. */
export function Notice({ report, isCalm = false, onClose }: NoticeProps) {
  return (
    <div className={`notice row${isCalm ? " calm" : ""}`} role={isCalm ? "status" : "alert"}>
      {isCalm ? <Info /> : <CircleAlert />}
      <span className="grow">{report.message}</span>
      {onClose !== undefined && (
        <IconButton label="Close" size="small" onPress={onClose}>
          <X className="small" />
        </IconButton>
      )}
    </div>
  )
}
