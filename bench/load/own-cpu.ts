/** Starts to count the CPU time of this process; the function that it returns says what share of one core it used since. */
export function ownCpu(): () => number {
  const before = process.cpuUsage()
  const start = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / (performance.now() - start)
  }
}
