import { EditorSelection, Prec } from "@codemirror/state"
import { EditorView, keymap, ViewPlugin, type ViewUpdate } from "@codemirror/view"
import * as Y from "yjs"
import { fromShared, type TextBinding } from "./text-binding.ts"

interface StoredSelection {
  anchor: Y.RelativePosition
  head: Y.RelativePosition
}

interface StackItemEvent {
  stackItem: { meta: Map<unknown, unknown> }
}

/** Takes back, or does again, the last own change. False: there was none. */
export interface UndoCommands {
  undo(): boolean
  redo(): boolean
}

/**
 * Undo and redo from the session's undo manager, so that only own changes are taken back, with the selection as it was
 * before each. Must come before the binding: the selection is read before the shared text changes.
 */
export function undoHistory(binding: TextBinding, manager: Y.UndoManager) {
  let beforeChange: StoredSelection | null = null

  const store = (view: EditorView): StoredSelection => {
    const { anchor, head } = view.state.selection.main
    return { anchor: relative(binding, anchor), head: relative(binding, head) }
  }

  const step = (take: () => unknown): boolean => {
    const done = take() !== null
    binding.release()
    return done
  }
  const commands: UndoCommands = {
    undo: () => step(() => manager.undo()),
    redo: () => step(() => manager.redo()),
  }

  const plugin = ViewPlugin.define((view) => {
    beforeChange = store(view)
    const added = ({ stackItem }: StackItemEvent) => {
      if (beforeChange !== null && !stackItem.meta.has(binding)) stackItem.meta.set(binding, beforeChange)
    }
    const popped = ({ stackItem }: StackItemEvent) => {
      binding.release()
      restore(view, binding, stackItem.meta.get(binding))
      beforeChange = store(view)
    }
    manager.on("stack-item-added", added)
    manager.on("stack-item-popped", popped)
    return {
      update(update) {
        if (beginsGroup(update)) manager.stopCapturing()
        if (!update.docChanged && update.selectionSet) beforeChange = store(view)
      },
      destroy() {
        manager.off("stack-item-added", added)
        manager.off("stack-item-popped", popped)
      },
    }
  })

  // The selection after an own change is the one before the next; it can be stored once the shared text has the change.
  const afterChange = EditorView.updateListener.of((update) => {
    if (update.docChanged && !isForeign(update)) beforeChange = store(update.view)
  })

  const keys = keymap.of([
    { key: "Mod-z", run: () => commands.undo() || true, preventDefault: true },
    { key: "Mod-y", mac: "Mod-Shift-z", run: () => commands.redo() || true, preventDefault: true },
    { key: "Mod-Shift-z", run: () => commands.redo() || true, preventDefault: true },
  ])

  // A menu's Undo reaches a page as an input event of the browser's own history, which knows nothing of ours.
  const browserUndo = EditorView.domEventHandlers({
    beforeinput: (event) => {
      if (event.inputType === "historyUndo") return commands.undo() || true
      if (event.inputType === "historyRedo") return commands.redo() || true
      return false
    },
  })

  return { commands, extension: [plugin, Prec.high(keys), browserUndo, Prec.lowest(afterChange)] }
}

/** What came in one piece is taken back in one piece. */
function beginsGroup(update: ViewUpdate): boolean {
  return update.transactions.some((transaction) =>
    ["input.paste", "input.drop", "delete.cut", "input.replace"].some((event) =>
      transaction.isUserEvent(event),
    ),
  )
}

function isForeign(update: ViewUpdate): boolean {
  return update.transactions.some((transaction) => transaction.annotation(fromShared) === true)
}

function relative(binding: TextBinding, position: number): Y.RelativePosition {
  return Y.createRelativePositionFromTypeIndex(binding.text, binding.toShared(position))
}

function restore(view: EditorView, binding: TextBinding, stored: unknown): void {
  if (!isStoredSelection(stored)) return
  const anchor = absolute(binding, stored.anchor)
  const head = absolute(binding, stored.head)
  if (anchor === null || head === null) return
  const selection = EditorSelection.single(anchor, head)
  view.dispatch({
    selection,
    effects: EditorView.scrollIntoView(selection.main, { y: "nearest", yMargin: 48 }),
  })
}

function isStoredSelection(value: unknown): value is StoredSelection {
  return typeof value === "object" && value !== null && "anchor" in value && "head" in value
}

function absolute(binding: TextBinding, position: Y.RelativePosition): number | null {
  const { doc } = binding.text
  if (doc === null) return null
  const found = Y.createAbsolutePositionFromRelativePosition(position, doc)
  return found === null || found.type !== binding.text ? null : binding.fromShared(found.index)
}
