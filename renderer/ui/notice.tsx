import { CircleAlert, X } from "lucide-react"
import type { ErrorReport } from "../../protocol/errors.ts"
import { IconButton } from "./icon-button.tsx"
import "./notice.css"

/** Something that could not be done, in a sentence, until it is read away or tried again. */
export function Notice({ report, onClose }: { report: ErrorReport; onClose?: () => void }) {
  return (
    <div className="notice row" role="alert">
      <CircleAlert />
      <span className="grow">{report.message}</span>
      {onClose !== undefined && (
        <IconButton label="Close" size="small" onPress={onClose}>
          <X className="small" />
        </IconButton>
      )}
    </div>
  )
}
