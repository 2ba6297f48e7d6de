const minute = 60_000
const day = 24 * 60 * minute

/** When something was, as people say it: within the hour in minutes, then the clock, the weekday, the date. */
export function timeWords(then: number, now: number): string {
  const minutes = Math.floor((now - then) / minute)
  if (minutes < 1) return "just now"
  if (minutes < 60) return `${minutes} min ago`
  const days = dayNumber(now) - dayNumber(then)
  if (days === 0) return clock(then)
  if (days === 1) return "yesterday"
  if (days < 7) return new Date(then).toLocaleDateString("en-GB", { weekday: "long" })
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear()
  const year = sameYear ? {} : ({ year: "numeric" } as const)
  return new Date(then).toLocaleDateString("en-GB", { day: "numeric", month: "long", ...year })
}

/** `10:42` */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
}

function dayNumber(time: number): number {
  const date = new Date(time)
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / day)
}
