// A window with nothing in it but the page that connects straight to a server: BENCH_PAGE with BENCH_HASH behind it.
import { app, BrowserWindow } from "electron"

await app.whenReady()
const window = new BrowserWindow({ width: 1000, height: 800 })
await window.loadFile(process.env["BENCH_PAGE"], { hash: process.env["BENCH_HASH"] })
