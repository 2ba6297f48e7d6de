import type { ReactNode } from "react"
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components/Modal"

interface AskDialogProps {
  title: string
  children: ReactNode
  /** The buttons; the safe one comes first and has `autoFocus`. */
  answers: ReactNode
  /** Escape means the safe answer. */
  onEscape: () => void
}

/** A question that must be answered before anything else. */
export function AskDialog({ title, children, answers, onEscape }: AskDialogProps) {
  return (
    <ModalOverlay
      className="scrim"
      isOpen
      isDismissable={false}
      onOpenChange={(isOpen) => {
        if (!isOpen) onEscape()
      }}
    >
      <Modal className="modal">
        <Dialog role="alertdialog">
          <Heading slot="title" className="size-16 strong">
            {title}
          </Heading>
          <div className="quiet">{children}</div>
          <div className="row answers">{answers}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
