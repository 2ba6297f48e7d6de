import type { ClientCounts } from "../sync/connections.ts"
import type { RoomCounts } from "../sync/room-registry.ts"
import type { Family, Samples } from "./exposition.ts"

/** How the way to disk stands. */
export interface AppendCounts {
  length: number
  bytes: number
  /** 0: nothing waits. */
  oldestMs: number
  /** Commits that the disk has refused, ever. */
  failures: number
}

/** What is read when somebody asks for the metrics, and costs nothing before. */
export interface GaugeSources {
  clients: () => ClientCounts
  rooms: () => RoomCounts
  roomLoads: () => number
  roomUnloads: () => number
  awarenessEntries: () => number
  appends: () => AppendCounts
  isCompacting: () => boolean
  isDraining: () => boolean
  /** Bytes of the store's file. */
  storeBytes: () => Promise<number>
}

/** The families of what is known without being counted for them. */
export function gaugesOf(sources: GaugeSources): Family[] {
  const { clients, rooms, appends } = sources
  return [
    gauge("connections", "Open WebSocket connections", () => clients().open),
    gauge("connections_waiting", "Clients that sent what is not on disk yet", () => clients().waiting),
    gauge("connections_behind", "Slow readers that are left behind now", () => clients().behind),
    gauge("connections_paused", "Clients not read from, because the disk is slow", () => clients().paused),
    gauge("awareness_entries", "Cursors and names that rooms show", sources.awarenessEntries),
    gauge("rooms_loaded", "Rooms in memory", () => total(rooms())),
    {
      name: "manyhands_rooms",
      help: "Rooms in memory by state: a live document, resting as bytes, loading, unloading",
      type: "gauge",
      label: "state",
      read: () => ({ ...rooms() }),
    },
    counter("room_loads", "Rooms that were loaded", sources.roomLoads),
    counter("room_unloads", "Rooms that were unloaded", sources.roomUnloads),
    gauge("append_queue_updates", "Updates waiting for the disk", () => appends().length),
    gauge("append_queue_bytes", "Bytes waiting for the disk", () => appends().bytes),
    gauge("append_oldest_seconds", "For how long the oldest of them waits", () => appends().oldestMs / 1_000),
    counter(
      "append_failures",
      "Commits that the disk refused; each is tried again",
      () => appends().failures,
    ),
    gauge("compacting", "1 while a log is compacted", () => Number(sources.isCompacting())),
    gauge("store_bytes", "Size of the store's file", sources.storeBytes),
    gauge("draining", "1 while the server stops", () => Number(sources.isDraining())),
  ]
}

type Read = () => Samples | Promise<Samples>

function gauge(name: string, help: string, read: Read): Family {
  return { name: `manyhands_${name}`, help, type: "gauge", read }
}

function counter(name: string, help: string, read: Read): Family {
  return { name: `manyhands_${name}_total`, help, type: "counter", read }
}

function total({ loading, live, resting, unloading }: RoomCounts): number {
  return loading + live + resting + unloading
}
