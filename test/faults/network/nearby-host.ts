/** A computer that shares one document with people nearby, on every network that it is in. Ends without a goodbye when it is killed. */
import { networkInterfaces } from "node:os"
import { pino } from "pino"
import { jsonLog } from "../../../main/log.ts"
import { Announcer } from "../../../main/nearby/announcer.ts"
import { roomDigest } from "../../../main/nearby/dns-sd.ts"
import { Multicast } from "../../../main/nearby/multicast.ts"
import { parseRoomName } from "../../../protocol/room-name.ts"
import { readConfig } from "../../../sync-server/config.ts"
import { SyncServer } from "../../../sync-server/sync-server.ts"

const room = parseRoomName("abcdefghijklmnopqrst")
const server = new SyncServer({
  config: readConfig({ ...process.env, PORT: "0" }),
  webFolder: "",
  logger: pino({ level: "silent" }),
  hostKind: "computer",
})
await server.start()
if (server.shares === null) throw new Error("This server asks for no tokens")
await server.shares.start({ room, role: "editor", title: "Tides", by: "Mira", expiresIn: null })
const { nearby: id } = await server.shares.setNearby(room, true)
const port = await server.share("::", 0)

const multicast = new Multicast({
  interfaces: networkInterfaces,
  only: null,
  received: (packet) => {
    if (packet.type === "query") announcer.query(packet)
  },
  linked: () => announcer.sayTwice(),
  log: jsonLog((line) => process.stderr.write(line)),
})
const announcer = new Announcer({ multicast, host: "manyhands-test.local" })
multicast.open()
await announcer.announce([
  { id: id ?? "", title: "Tides", by: "Mira", kind: "file", roomDigest: roomDigest(room), port },
])
process.stdout.write("ready\n")
