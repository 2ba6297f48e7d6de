import { lazy, Suspense, useEffect } from "react"
import { unreachable } from "../../protocol/errors.ts"
import { tokenClaims } from "../session/token-claims.ts"
import { applyTheme } from "../theme.ts"
import { useSnapshot } from "../use-snapshot.ts"
import type { GuestStore } from "./guest-store.ts"
import { JoinPage } from "./join-page.tsx"
import { PastePage } from "./paste-page.tsx"
import { RefusedPage } from "./refused-page.tsx"
import { WhichPage } from "./which-page.tsx"

// Fetched while the guest reads the invitation.
const editor = import("./guest-editor.tsx")
const GuestEditor = lazy(() => editor.then((module) => ({ default: module.GuestEditor })))

const GuestFolderEditor = lazy(() =>
  import("./guest-folder-editor.tsx").then((module) => ({ default: module.GuestFolderEditor })),
)

/** The browser guest: a page before the document, then the document. */
export function GuestApp({ store }: { store: GuestStore }) {
  const { link, guest, place } = useSnapshot(store)
  useEffect(() => applyTheme(guest.theme), [guest.theme])
  useEffect(() => {
    document.title =
      place.kind === "invited" || place.kind === "inside" || place.kind === "in-folder"
        ? `${place.invitation.title} · Manyhands`
        : "Manyhands"
  }, [place])
  switch (place.kind) {
    case "asking":
      return <p className="unseen">Asking the host</p>
    case "no-link":
      return <PastePage onOpen={(invite) => store.open(invite)} />
    case "which":
      return <WhichPage onChoose={(room) => store.open({ room, token: link.token })} />
    case "refused":
      return (
        <RefusedPage
          why={place.why}
          by={tokenClaims(link.token).by ?? ""}
          onAgain={() => void store.ask()}
          onOpen={(invite) => store.open(invite)}
        />
      )
    case "invited":
      return (
        <JoinPage
          key={place.invitation.room}
          invitation={place.invitation}
          guest={{ ...guest, name: guest.name === "" ? (tokenClaims(link.token).name ?? "") : guest.name }}
          location={window.location}
          onEnter={(person) => store.enter(person)}
        />
      )
    case "inside":
      return (
        <Suspense>
          <GuestEditor
            store={store}
            link={link}
            guest={guest}
            invitation={place.invitation}
            session={place.session}
            unsent={place.unsent}
          />
        </Suspense>
      )
    case "in-folder":
      return (
        <Suspense>
          <GuestFolderEditor
            store={store}
            link={link}
            guest={guest}
            invitation={place.invitation}
            folder={place.folder}
          />
        </Suspense>
      )
    default:
      return unreachable(place)
  }
}
