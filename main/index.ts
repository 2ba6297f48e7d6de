/**
 * Where the desktop app is put together. The only reader of the environment and of the start arguments:
 * `[--user-data-dir=FOLDER] [FILE_OR_FOLDER | manyhands://join?link=…]…`, and MANYHANDS_SHARE_HOST, the address to share
 * on instead of every address of this computer.
 */
import { networkInterfaces, userInfo } from "node:os"
import { join } from "node:path"
import { app } from "electron"
import { registerAppScheme } from "./app-protocol.ts"
import { DesktopApp } from "./desktop-app.ts"
import { readLaunch } from "./launch.ts"
import { jsonLog } from "./log.ts"
import { LogFile } from "./log-file.ts"
import { shareAddress } from "./network-address.ts"
import { firstName } from "./settings.ts"

/** What the embedded server may see of our environment: nothing that would configure it. */
const inherited =
  /^(path|home|user|lang|lc_\w+|tz|tmpdir|temp|tmp|systemroot|windir|appdata|localappdata|userprofile|comspec|node_extra_ca_certs|ssl_cert_(file|dir)|https?_proxy|no_proxy)$/i

const launch = readLaunch(process.argv, { hasScript: process.defaultApp === true, cwd: process.cwd() })

if (app.requestSingleInstanceLock(launch)) start()
// The first app of this profile has been handed what was asked of this one.
else app.exit(0)

function start(): void {
  const logs = join(app.getPath("userData"), "logs")
  const ownFile = new LogFile(join(logs, "app.log"))
  const serverFile = new LogFile(join(logs, "server.log"))
  const log = jsonLog((line) => ownFile.write(line))
  const shareHost = process.env["MANYHANDS_SHARE_HOST"] ?? null

  // Electron would show a box and stand still; the words are in the server's store, and the windows work on.
  process.on("uncaughtException", (error) => log.error("uncaught-exception", { error }))
  process.on("unhandledRejection", (error) => log.error("unhandled-rejection", { error }))

  registerAppScheme()
  // Together with the switch, child processes would crash for ever.
  if (!app.commandLine.hasSwitch("no-sandbox")) app.enableSandbox()

  const bundle = import.meta.dirname
  const desktop = new DesktopApp({
    app,
    launch,
    log,
    bundle,
    pages: join(bundle, "../renderer"),
    server: {
      entry: join(bundle, "../sync-server/index.js"),
      env: Object.fromEntries(
        Object.entries(process.env).flatMap(([key, value]) =>
          value !== undefined && inherited.test(key) ? [[key, value]] : [],
        ),
      ),
      output: (chunk) => serverFile.write(chunk),
    },
    personName: firstName(userInfo().username),
    share: {
      listenHosts: shareHost === null ? ["::", "0.0.0.0"] : [shareHost],
      only: shareHost,
      interfaces: networkInterfaces,
      linkHost: () => shareHost ?? shareAddress(networkInterfaces()),
    },
    flushLogs: async () => {
      await Promise.all([ownFile.flush(), serverFile.flush()])
    },
  })
  desktop.start().catch((error: unknown) => {
    log.error("start-failed", { error })
    void ownFile.flush().then(() => app.exit(1))
  })
}
