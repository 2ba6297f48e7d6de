import { describe, expect, onTestFinished, test, vi } from "vitest"
import * as Y from "yjs"
import { findTrace, parseTrace, readTrace, type Trace, traceUpdates } from "../fixtures/traces.ts"

function replayed(trace: Trace): string {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const { update } of traceUpdates(trace)) Y.applyUpdate(doc, update)
  })
  const text = doc.getText("codemirror").toString()
  doc.destroy()
  return text
}

function concurrent(
  txns: { parents: number[]; agent: number; patches: [number, number, string][] }[],
): Trace {
  return parseTrace({ kind: "concurrent", endContent: "", numAgents: 2, txns })
}

describe("the histories that are kept here", () => {
  test.each([
    { name: "sveltecomponent", kind: "sequential", edits: 18_335 },
    { name: "seph-blog1", kind: "sequential", edits: 137_154 },
    { name: "friendsforever", kind: "concurrent", edits: 26_078 },
  ] as const)("$name is $kind and ends as it ended then", ({ name, kind, edits }) => {
    const trace = readTrace(name)
    expect(trace.kind).toBe(kind)
    expect(trace.edits).toHaveLength(edits)
    expect(replayed(trace)).toBe(trace.endContent)
  })

  test("a trace that is neither here nor in TRACES_DIR is null", () => {
    vi.stubEnv("TRACES_DIR", "/nowhere")
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    expect(findTrace("automerge-paper")).toBeNull()
  })
})

describe("positions", () => {
  test("count code points in the file of one writer and UTF-16 units here", () => {
    const trace = parseTrace({
      startContent: "a😀b",
      endContent: "aXb😀",
      txns: [{ patches: [[1, 1, "X"]] }, { patches: [[3, 0, "😀"]] }],
    })
    expect(trace.edits).toEqual([
      [{ position: 1, deleted: 2, inserted: "X" }],
      [{ position: 3, deleted: 0, inserted: "😀" }],
    ])
    expect(replayed(trace)).toBe("aXb😀")
  })

  test("count the units of the document that the writer saw, not of everybody's", () => {
    const trace = concurrent([
      { parents: [], agent: 0, patches: [[0, 0, "ab"]] },
      { parents: [0], agent: 0, patches: [[0, 0, "😀"]] },
      { parents: [0], agent: 1, patches: [[2, 0, "c"]] },
      { parents: [1, 2], agent: 1, patches: [[4, 0, "d"]] },
    ])
    expect(trace.edits[2]).toMatchObject({ patches: [{ position: 2 }] })
    expect(trace.edits[3]).toMatchObject({ patches: [{ position: 5 }] })
    expect(replayed(trace)).toBe("😀abcd")
  })

  test("outside of the document are refused", () => {
    const outside = { startContent: "😀", endContent: "", txns: [{ patches: [[2, 0, "x"]] }] }
    expect(() => parseTrace(outside)).toThrow(RangeError)
  })
})

test("an edit that changes nothing is an empty update, and those after it stand", () => {
  const trace = concurrent([
    { parents: [], agent: 0, patches: [[0, 0, "a"]] },
    { parents: [0], agent: 1, patches: [] },
    { parents: [1], agent: 0, patches: [[1, 0, "b"]] },
  ])
  expect(traceUpdates(trace)).toHaveLength(3)
  expect(replayed(trace)).toBe("ab")
})

test("what is neither form of a trace is refused", () => {
  expect(() => parseTrace({ txns: [] })).toThrow()
})
