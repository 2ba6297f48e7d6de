import { expect, test } from "vitest"
import { presenceUser } from "../../protocol/presence.ts"
import { People, quietAfter } from "../../renderer/session/people.ts"

const state = (name: string, id: string) => ({ user: presenceUser({ name, peer: 2, id }) })
const nowhere = () => null

test("oneself is first, then the others in the order of their arrival", () => {
  const people = new People(9)
  people.seen([9], 0)
  people.seen([5], 1)
  people.seen([3], 2)
  const states = new Map<number, unknown>([
    [3, state("Noor", "n")],
    [5, state("Jonas", "j")],
    [9, state("Mira", "m")],
  ])
  const list = people.list(states, nowhere, 3)
  expect(list.map(({ name, self }) => [name, self])).toEqual([
    ["Mira", true],
    ["Jonas", false],
    ["Noor", false],
  ])
})

test("two windows of one person are one person, at the caret that moved last", () => {
  const people = new People(1)
  people.seen([1], 0)
  people.seen([2, 3], 10)
  people.seen([2], 20)
  const states = new Map<number, unknown>([
    [1, state("Mira", "m")],
    [2, state("Noor", "n")],
    [3, state("Noor", "n")],
  ])
  const places = new Map([
    [2, { position: 40, line: 4 }],
    [3, { position: 50, line: 5 }],
  ])
  const noor = people.list(states, (clientId) => places.get(clientId) ?? null, 30)[1]
  expect(noor).toMatchObject({ name: "Noor", clientIds: [2, 3], caret: { line: 4 } })
})

test("somebody who does nothing for 5 minutes is quiet, oneself never", () => {
  const people = new People(1)
  people.seen([1, 2], 1000)
  const states = new Map<number, unknown>([
    [1, state("Mira", "m")],
    [2, state("Noor", "n")],
  ])
  const quiet = (now: number) => people.list(states, nowhere, now).map((person) => person.quiet)
  expect(quiet(1000 + quietAfter - 1)).toEqual([false, false])
  expect(quiet(1000 + quietAfter)).toEqual([false, true])
  people.seen([2], 1000 + quietAfter)
  expect(quiet(1000 + quietAfter)).toEqual([false, false])
})

test("what is no person is not shown", () => {
  const states = new Map<number, unknown>([
    [1, state("Mira", "m")],
    [2, {}],
    [3, { user: { name: 7 } }],
  ])
  expect(new People(1).list(states, nowhere, 0).map(({ name }) => name)).toEqual(["Mira"])
})
