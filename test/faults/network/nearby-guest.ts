/** A computer that looks around. Says in a line of JSON each time what it sees: a list of titles, each with where it answers. */
import { networkInterfaces } from "node:os"
import { jsonLog } from "../../../main/log.ts"
import { Looker } from "../../../main/nearby/looker.ts"
import { Multicast } from "../../../main/nearby/multicast.ts"

const multicast = new Multicast({
  interfaces: networkInterfaces,
  only: null,
  received: (packet, from) => {
    if (packet.type === "response") looker.response(packet, from)
  },
  linked: () => looker.again(),
  log: jsonLog((line) => process.stderr.write(line)),
})
const looker = new Looker({
  multicast,
  isOwn: () => false,
  changed: () => {
    const seen = looker.seen.map(({ session, door }) => ({
      title: session.title,
      host: new URL(door.origin).hostname,
    }))
    process.stdout.write(`${JSON.stringify(seen)}\n`)
  },
})
multicast.open()
looker.start()
