/** Hocuspocus as its manual starts it: in memory, whoever comes may write. */
import { Server } from "@hocuspocus/server"

const server = new Server({ address: "127.0.0.1", port: Number(process.env["PORT"]), quiet: true })
await server.listen()
console.log("running")
