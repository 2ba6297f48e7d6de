import { createDecoder, readVarUint } from "lib0/decoding"
import { createEncoder, type Encoder, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding"
import { expect, onTestFinished, test } from "vitest"
import { readAuthMessage, writePermissionDenied } from "y-protocols/auth"
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness"
import { readSyncMessage, writeSyncStep1, writeSyncStep2, writeUpdate } from "y-protocols/sync"
import * as Y from "yjs"
import {
  MessageType,
  readAwarenessEntries,
  readMessages,
  writeAwarenessEntries,
  writeMessage,
} from "../../protocol/message.ts"

function docWith(text: string): Y.Doc {
  const doc = new Y.Doc()
  doc.getText("codemirror").insert(0, text)
  onTestFinished(() => doc.destroy())
  return doc
}

function awarenessOf(doc: Y.Doc): Awareness {
  const awareness = new Awareness(doc)
  onTestFinished(() => awareness.destroy())
  return awareness
}

function theirs(type: number, write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, type)
  write(encoder)
  return toUint8Array(encoder)
}

/** Reads our frame as a y-websocket client does. Gives the answer that y-protocols would send. */
function readByYProtocols(frame: Uint8Array, doc: Y.Doc): Uint8Array {
  const decoder = createDecoder(frame)
  expect(readVarUint(decoder)).toBe(MessageType.Sync)
  return theirs(MessageType.Sync, (encoder) => {
    readSyncMessage(decoder, encoder, doc, "test")
  })
}

test("the sync messages of y-protocols are read", () => {
  const doc = docWith("ebb and flood")
  const update = Y.encodeStateAsUpdate(doc)
  expect(readMessages(theirs(MessageType.Sync, (encoder) => writeSyncStep1(encoder, doc)))).toEqual([
    { type: "sync-step-1", stateVector: Y.encodeStateVector(doc) },
  ])
  expect(readMessages(theirs(MessageType.Sync, (encoder) => writeSyncStep2(encoder, doc)))).toEqual([
    { type: "sync-step-2", update },
  ])
  expect(readMessages(theirs(MessageType.Sync, (encoder) => writeUpdate(encoder, update)))).toEqual([
    { type: "update", update },
  ])
})

test("our sync messages are read by y-protocols, and its answer by us", () => {
  const ours = docWith("ours")
  const other = docWith("theirs")
  const answer = readByYProtocols(
    writeMessage({ type: "sync-step-1", stateVector: Y.encodeStateVector(ours) }),
    other,
  )
  for (const message of readMessages(answer)) {
    if (message.type !== "sync-step-2") throw new Error(`An answer of type ${message.type}`)
    Y.applyUpdate(ours, message.update)
  }
  const difference = Y.encodeStateAsUpdate(ours, Y.encodeStateVector(other))
  readByYProtocols(writeMessage({ type: "sync-step-2", update: difference }), other)
  expect(other.getText("codemirror").toString()).toBe(ours.getText("codemirror").toString())
  expect(other.getText("codemirror").length).toBe("ourstheirs".length)

  const before = Y.encodeStateVector(ours)
  ours.getText("codemirror").insert(0, "more ")
  readByYProtocols(writeMessage({ type: "update", update: Y.encodeStateAsUpdate(ours, before) }), other)
  expect(other.getText("codemirror").toString()).toBe(ours.getText("codemirror").toString())
})

test("awareness goes through in both directions", () => {
  const mira = awarenessOf(docWith(""))
  const noor = awarenessOf(docWith(""))
  mira.setLocalState({ user: { name: "Mira", color: "#2365d1" }, cursor: { anchor: 1, head: 2 } })
  const frame = theirs(MessageType.Awareness, (encoder) =>
    writeVarUint8Array(encoder, encodeAwarenessUpdate(mira, [mira.clientID])),
  )
  const [message] = readMessages(frame)
  if (message?.type !== "awareness") throw new Error("No awareness message")
  const entries = readAwarenessEntries(message.update)
  expect(entries).toEqual([
    { clientId: mira.clientID, clock: mira.meta.get(mira.clientID)?.clock, state: mira.getLocalState() },
  ])

  applyAwarenessUpdate(noor, writeAwarenessEntries(entries), "test")
  expect(noor.getStates().get(mira.clientID)).toEqual(mira.getLocalState())
  const gone = entries.map((entry) => ({ ...entry, clock: entry.clock + 1, state: null }))
  applyAwarenessUpdate(noor, writeAwarenessEntries(gone), "test")
  expect(noor.getStates().has(mira.clientID)).toBe(false)
})

test("a denial goes through in both directions", () => {
  const frame = theirs(MessageType.Auth, (encoder) => writePermissionDenied(encoder, "This link has ended."))
  expect(readMessages(frame)).toEqual([{ type: "permission-denied", reason: "This link has ended." }])

  const decoder = createDecoder(writeMessage({ type: "permission-denied", reason: "Not for you." }))
  expect(readVarUint(decoder)).toBe(MessageType.Auth)
  const reasons: string[] = []
  readAuthMessage(decoder, docWith(""), (_doc, reason) => {
    reasons.push(reason)
  })
  expect(reasons).toEqual(["Not for you."])
})

test("a client that asks who is there is understood", () => {
  expect(readMessages(theirs(MessageType.QueryAwareness, () => {}))).toEqual([{ type: "query-awareness" }])
  expect(readVarUint(createDecoder(writeMessage({ type: "query-awareness" })))).toBe(
    MessageType.QueryAwareness,
  )
})
