import { Button } from "react-aria-components/Button"
import { MenuTrigger } from "react-aria-components/Menu"
import { ToggleButton } from "react-aria-components/ToggleButton"
import { Toolbar } from "react-aria-components/Toolbar"
import { TooltipTrigger } from "react-aria-components/Tooltip"
import type { Person } from "../session/session-snapshot.ts"
import { Avatar } from "./avatar.tsx"
import { Menu, MenuItem } from "./menu.tsx"
import { Tooltip } from "./tooltip.tsx"
import "./people-bar.css"

interface PeopleBarProps {
  people: readonly Person[]
  /** How many faces fit; with more people than that, the last place says how many are not shown. */
  room?: number
  /** Whom the text follows now. */
  following: string | null
  /** A face was pressed: go to where that person is, or follow, or stop following. */
  onGoTo: (person: Person) => void
  /** One's own face was pressed. */
  onSelf: () => void
}

/** The faces of those who are in the document: others first, oneself last. */
export function PeopleBar({ people, room = 5, following, onGoTo, onSelf }: PeopleBarProps) {
  const ordered = [...people.filter((person) => !person.self), ...people.filter((person) => person.self)]
  const shown = ordered.length > room ? ordered.slice(0, room - 1) : ordered
  const hidden = ordered.slice(shown.length)
  return (
    <Toolbar className="stack people-bar" aria-label="People in this document">
      {shown.map((person) => (
        <FaceButton
          key={person.id}
          person={person}
          followed={person.id === following}
          onPress={() => (person.self ? onSelf() : onGoTo(person))}
        />
      ))}
      {hidden.length > 0 && (
        <MenuTrigger>
          <Button className="face" aria-label={`${hidden.length} more: ${names(hidden)}`}>
            <span className="avatar middle more" aria-hidden="true">
              +{hidden.length}
            </span>
          </Button>
          <Menu label="More people">
            {hidden.map((person) => (
              <MenuItem
                key={person.id}
                words={person.self ? `${person.name} (you)` : person.name}
                icon={
                  <Avatar face={{ name: person.name, peer: person.peer, idle: person.quiet }} size="small" />
                }
                onAction={() => (person.self ? onSelf() : onGoTo(person))}
              />
            ))}
          </Menu>
        </MenuTrigger>
      )}
    </Toolbar>
  )
}

interface FaceButtonProps {
  person: Person
  followed: boolean
  onPress: () => void
}

function FaceButton({ person, followed, onPress }: FaceButtonProps) {
  const face = <Avatar face={{ name: person.name, peer: person.peer, idle: person.quiet }} />
  return (
    <TooltipTrigger delay={400}>
      {person.self ? (
        <Button className="face" aria-label={`${person.name}, you`} onPress={onPress}>
          {face}
        </Button>
      ) : (
        <ToggleButton className="face" aria-label={place(person)} isSelected={followed} onChange={onPress}>
          {face}
        </ToggleButton>
      )}
      <Tooltip>
        <bdi>{person.name}</bdi>
        {person.self ? " (you)" : whereabouts(person)}
      </Tooltip>
    </TooltipTrigger>
  )
}

function place(person: Person): string {
  return `${person.name}${whereabouts(person)}`
}

function whereabouts(person: Person): string {
  const line = person.caret === null ? "" : `, line ${person.caret.line}`
  return person.quiet ? `${line}, quiet for a while` : line
}

function names(people: readonly Person[]): string {
  return people.map((person) => person.name).join(", ")
}
