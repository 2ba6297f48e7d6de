import { lazy, Suspense, useCallback, useEffect, useState } from "react"
import type { Outcome, WindowState } from "../protocol/ipc.ts"
import type { WindowStore } from "./desktop/window-store.ts"
import { applyTheme } from "./theme.ts"
import { DropTarget } from "./ui/drop-target.tsx"
import { StartScreen } from "./ui/start-screen.tsx"
import { useSnapshot } from "./use-snapshot.ts"

// The first import starts while the window's state is still on its way from main.
const workspace = import("./desktop/workspace.tsx")
const Workspace = lazy(() => workspace.then((module) => ({ default: module.Workspace })))
const SettingsDialog = lazy(() =>
  import("./ui/settings-dialog.tsx").then((module) => ({ default: module.SettingsDialog })),
)

/** A desktop window. */
export function App({ store }: { store: WindowStore }) {
  const { state } = useSnapshot(store)
  const [isSettingsOpen, setSettingsOpen] = useState(false)
  const openSettings = useCallback(() => setSettingsOpen(true), [])
  const theme = state?.settings.theme
  useEffect(() => {
    if (theme !== undefined) applyTheme(theme)
  }, [theme])
  if (state === null) return null
  return (
    <>
      <Screen store={store} state={state} onSettings={openSettings} />
      {isSettingsOpen && (
        <Suspense>
          <SettingsDialog
            person={state.settings.person}
            theme={state.settings.theme}
            used={[]}
            version={state.version}
            onPerson={(person) => void store.saveSettings({ person })}
            onTheme={(chosen) => void store.saveSettings({ theme: chosen })}
            onClose={() => setSettingsOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}

interface ScreenProps {
  store: WindowStore
  state: WindowState
  onSettings: () => void
}

function Screen({ store, state, onSettings }: ScreenProps) {
  const isNew = state.settings.person.name === ""
  if (state.workspace.kind === "none" || isNew)
    return <Start store={store} state={state} onSettings={onSettings} />
  return (
    <Suspense>
      <Workspace key={workspaceKey(state)} store={store} state={state} onSettings={onSettings} />
    </Suspense>
  )
}

/** Another folder, file or document is another workspace with tabs of its own. */
function workspaceKey({ workspace }: WindowState): string {
  switch (workspace.kind) {
    case "none":
      return ""
    case "joined":
      return `joined ${workspace.room}`
    default:
      return `${workspace.kind} ${workspace.path}`
  }
}

function Start({ store, state, onSettings }: ScreenProps) {
  const { notice } = useSnapshot(store)
  const dropped = useCallback((files: readonly File[]) => void store.openDropped(files), [store])
  const join = (link: string): Promise<Outcome<null>> => store.bridge.call("join-link", link)
  useEffect(
    () =>
      store.bridge.on("menu", (command) => {
        if (command === "settings") onSettings()
        if (command === "new-file") void store.newFile()
        if (command === "close-tab") window.close()
      }),
    [store, onSettings],
  )
  return (
    <>
      <StartScreen
        person={state.settings.person}
        recent={state.recent}
        nearby={state.nearby}
        knocks={state.knocks}
        asksFirewall={state.platform !== "linux"}
        notice={notice}
        actions={{
          openFolder: () => void store.openFolder(),
          newFile: () => void store.newFile(),
          joinLink: join,
          answerKnock: (id, admit) => void store.answerKnock(id, admit),
          look: (isWanted) => void store.bridge.call("look-nearby", isWanted),
          join: (id) => void store.joinNearby(id),
          stopAsking: (id) => void store.bridge.call("stop-asking", id),
          openRecent: (entry) => void store.openRecent(entry.key),
          findRecent: (entry) => void store.findRecent(entry.key),
          savePerson: (person) => void store.saveSettings({ person }),
          settings: onSettings,
          noticeRead: () => store.note(null),
        }}
      />
      <DropTarget onDrop={dropped} />
    </>
  )
}
