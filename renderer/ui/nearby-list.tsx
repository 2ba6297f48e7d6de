import { FolderOpen, Lock, Wifi } from "lucide-react"
import type { NearbyEntry, NearbyView } from "../../protocol/ipc.ts"
import { Button } from "./button.tsx"
import "./nearby-list.css"

export interface NearbyActions {
  look: (isWanted: boolean) => void
  join: (id: string) => void
  stopAsking: (id: string) => void
}

interface NearbyListProps {
  nearby: NearbyView
  /** The system asks whether the app may be reached, when it looks around for the first time. */
  asksFirewall: boolean
  actions: NearbyActions
}

/** What people on the same network share. Off until somebody wants it. */
export function NearbyList({ nearby, asksFirewall, actions }: NearbyListProps) {
  const { isLooking, entries } = nearby
  return (
    <section className="nearby" aria-labelledby="nearby">
      <div className="row">
        <h2 className="label grow" id="nearby">
          Nearby on this network
        </h2>
        {isLooking && (
          <Button look="ghost" size="small" onPress={() => actions.look(false)}>
            Stop looking
          </Button>
        )}
      </div>
      {!isLooking && (
        <div className="nearby-off">
          <p className="quiet">See what people around you share. Nothing of yours is shown to them by it.</p>
          {asksFirewall && (
            <p className="size-12 faint">
              Your system may ask whether Manyhands may find devices on this network. Allow it, or nobody is
              found.
            </p>
          )}
          <Button onPress={() => actions.look(true)}>
            <Wifi />
            Look around
          </Button>
        </div>
      )}
      {isLooking && entries.length === 0 && (
        <p className="faint nearby-none" role="status">
          Nobody on this network is sharing.
        </p>
      )}
      <ul aria-live="polite">
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} actions={actions} />
        ))}
      </ul>
    </section>
  )
}

function Row({ entry, actions }: { entry: NearbyEntry; actions: NearbyActions }) {
  return (
    <li className="row nearby-row">
      {entry.kind === "folder" ? <FolderOpen /> : <Wifi />}
      <span className="grow">
        <span className="medium cut nearby-title">
          <bdi>{entry.title}</bdi>
        </span>
        <span className="size-12 faint nearby-place">{placeOf(entry)}</span>
      </span>
      <Act entry={entry} actions={actions} />
    </li>
  )
}

function Act({ entry, actions }: { entry: NearbyEntry; actions: NearbyActions }) {
  const { id, by, state } = entry
  switch (state) {
    case "asking":
      return (
        <Button look="ghost" size="small" onPress={() => actions.stopAsking(id)}>
          Stop asking
        </Button>
      )
    case "known":
      return (
        <Button size="small" onPress={() => actions.join(id)}>
          Join
        </Button>
      )
    default:
      return (
        <Button size="small" onPress={() => actions.join(id)}>
          <Lock className="small" aria-label={`${hostOf(by)} has to let you in.`} />
          {state === "ask" ? "Ask to join" : "Ask once more"}
        </Button>
      )
  }
}

/** "On Teo’s computer · Teo and 2 more", or what came of asking. */
function placeOf({ by, people, state }: NearbyEntry): string {
  switch (state) {
    case "asking":
      return `Waiting for ${hostOf(by)}. It opens by itself.`
    case "declined":
      return `${hostOf(by)} has not let you in.`
    case "silent":
      return `${by === "" ? "The host" : `${by}’s computer`} does not answer.`
    default: {
      const place = by === "" ? "On this network" : `On ${by}’s computer`
      return people.length === 0 ? place : `${place} · ${namesOf(people)}`
    }
  }
}

function namesOf(people: readonly string[]): string {
  const [first = "", ...others] = people
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

function hostOf(by: string): string {
  return by === "" ? "the host" : by
}
