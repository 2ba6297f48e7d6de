import "./styles/all.css"
import { createRoot } from "react-dom/client"
import { GuestApp } from "./guest/guest-app.tsx"
import { GuestStore } from "./guest/guest-store.ts"

const root = document.getElementById("app")
if (root === null) throw new Error("web.html has no element #app")

const store = new GuestStore(window.location)
createRoot(root).render(<GuestApp store={store} />)
store.start()
