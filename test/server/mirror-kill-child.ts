/** A process with a mirror that types into a file until it is killed, and says which words are durable. */
import { pino } from "pino"
import { FileMirror } from "../../sync-server/mirror/file-mirror.ts"
import { AppendQueue } from "../../sync-server/store/append-queue.ts"
import { Compactor } from "../../sync-server/store/compaction.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import { RoomRegistry } from "../../sync-server/sync/room-registry.ts"

const [dataDir = "", path = "", life = "", words = "0"] = process.argv.slice(2)
const logger = pino({ level: "silent" })
const store = new LmdbStore(dataDir)
const appends = new AppendQueue({ store, logger, onTrouble: () => undefined, onCommit: () => undefined })
const registry = new RoomRegistry({
  store,
  appends,
  compactor: new Compactor({ store, logger }),
  logger,
  meter: { flushed: () => undefined },
  attach: (room) => mirror.attach(room),
})
const mirror = new FileMirror({ store, registry, logger, onStatus: () => undefined })
const { room: name } = await mirror.open(path)
const { room } = await registry.acquire(name)
const text = room.doc.getText("codemirror")
process.stdout.write("open\n")
for (let count = 0; count < Number(words); count++) {
  const word = `typed${life}x${count}x`
  room.change({ isUpstream: false, author: "" }, () => text.insert(text.length, `${word}\n`))
  void room.whenDurable().then(() => process.stdout.write(`${word}\n`))
  await new Promise((resolve) => setTimeout(resolve, 7))
}
await registry.close()
await mirror.close()
await store.close()
