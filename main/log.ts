/** One JSON object a line, as the server writes them: a time, a level, a stable `event`, and what belongs to it. */
export interface Log {
  info(event: string, details?: LogDetails): void
  warn(event: string, details?: LogDetails): void
  error(event: string, details?: LogDetails): void
}

export type LogDetails = Readonly<Record<string, unknown>>

/** Makes a log that hands each line, with its line end, to `write`. */
export function jsonLog(write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (event: string, details: LogDetails = {}) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...readable(details) })}\n`)
    }
  return { info: at("info"), warn: at("warn"), error: at("error") }
}

function readable(details: LogDetails): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, value instanceof Error ? described(value) : value]),
  )
}

/** An error has no enumerable properties: JSON would show it empty. */
function described(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error
  return { name, message, stack, ...(cause instanceof Error ? { cause: described(cause) } : {}) }
}
