import "./styles/all.css"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { desktopBridge } from "./bridge.ts"
import { WindowStore } from "./desktop/window-store.ts"
import { restoreTextSize } from "./text-size.ts"

const root = document.getElementById("app")
if (root === null) throw new Error("index.html has no element #app")

restoreTextSize()
const store = new WindowStore(desktopBridge())
createRoot(root).render(<App store={store} />)
void store.start().then(() => {
  document.documentElement.setAttribute("data-platform", store.snapshot().state?.platform ?? "")
})
