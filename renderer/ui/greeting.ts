/** `hour` is 0 to 23, the local one. */
export function greeting(hour: number, name: string): string {
  const part = hour < 5 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening"
  const words = part === "night" ? "Still up" : `Good ${part}`
  return name === "" ? words : `${words}, ${name}`
}
