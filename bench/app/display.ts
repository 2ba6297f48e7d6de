import { spawn } from "node:child_process"
import { once } from "node:events"

/** Runs `task` on the screen that is there, else on one that exists in memory only. @throws Error where neither can be had */
export async function onDisplay<T>(task: (display: string) => Promise<T>): Promise<T> {
  const own = process.env["DISPLAY"]
  if (own !== undefined && own !== "") return await task(own)
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  })
  const failed = new Promise<never>((_, reject) => {
    server.once("error", reject)
    server.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)))
  })
  // Its end is expected later on.
  failed.catch(() => undefined)
  try {
    const said = server.stdio[3]
    if (said === null || said === undefined) throw new Error("Xvfb was started without its pipe")
    const [number] = await Promise.race([once(said, "data"), failed])
    return await task(`:${String(number).trim()}`)
  } finally {
    server.kill()
    if (server.exitCode === null && server.signalCode === null && server.pid !== undefined)
      await once(server, "exit")
  }
}
