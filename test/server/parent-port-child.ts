/** Loaded before the server: gives its process the parent port that Electron's would have, over Node's own channel. */
const parentPort = {
  on(event: string, listener: (message: { data: unknown }) => void): void {
    process.on(event, (data: unknown) => listener({ data }))
  },
  postMessage(message: unknown): void {
    process.send?.(message)
  },
}
Object.defineProperty(process, "parentPort", { value: parentPort })
