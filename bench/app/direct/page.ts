/** The app's own editor and session, connected straight to the server and the room that the address names. */
import { createEditor } from "../../../renderer/editor/create-editor.ts"
import { DocumentSession } from "../../../renderer/session/document-session.ts"

const parameters = new URLSearchParams(location.hash.slice(1))
const name = parameters.get("name") ?? "Ada"
const session = new DocumentSession({
  url: parameters.get("url") ?? "",
  token: "",
  room: parameters.get("room") ?? "",
  person: { id: name, name, peer: 1 },
  kind: "guest",
  role: "editor",
})
const parent = document.querySelector("main")
if (parent === null) throw new Error("The page has a place for the text")
createEditor({ parent, session, readOnly: false, label: "Text" })
