/**
 * The server, which from SIGUSR2 on looks all the time for logs that have grown long, and says where it is with compacting them:
 * `began`, `swapping` the log for what was computed, `ended`. Each is written before the next step is taken.
 */
import { writeSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { pino } from "pino"
import type { RoomName } from "../../protocol/room-name.ts"
import { readConfig } from "../../sync-server/config.ts"
import { LmdbStore } from "../../sync-server/store/lmdb-store.ts"
import type { Compaction, OpenLog } from "../../sync-server/store/store.ts"
import { SyncServer } from "../../sync-server/sync-server.ts"

const pauseMs = 10

class TellingStore extends LmdbStore {
  override readLog<T>(room: RoomName, read: (log: OpenLog) => Promise<T>): Promise<T> {
    tell("began")
    return super.readLog(room, read)
  }

  override async compact(room: RoomName, compaction: Compaction): Promise<void> {
    tell("swapping")
    await super.compact(room, compaction)
    tell("ended")
  }
}

const config = readConfig(process.env)
const logger = pino({ level: config.logLevel })
const server = new SyncServer({ config, webFolder: "", logger, store: new TellingStore(config.dataDir) })
process.once("SIGUSR2", () => void sweep())
const port = await server.start()
logger.info({ event: "listening", url: `http://${config.host}:${port}` })

async function sweep(): Promise<void> {
  for (;;) {
    await server.registry.sweep(performance.now())
    await delay(pauseMs)
  }
}

function tell(stage: string): void {
  writeSync(process.stdout.fd, `compaction ${stage}\n`)
}
