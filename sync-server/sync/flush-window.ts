/** Two flushes are at least this far apart: one frame of a 60 Hz display, so that nobody sees the difference. */
const shortestMs = 16
/** A crowd's: from here on every millisecond more is felt in half of all deliveries. Measured: bench/scenarios/fan-out.ts. */
const crowdMs = 20
/** The longest, however dear a flush is: what comes later than this feels late. */
const longestMs = 50
/** Up to a crowd's window a flush takes a seventh of the time, */
const cheapShare = 7
/** beyond it two fifths: so much a crowd of a thousand may cost before it is made to wait. */
const dearShare = 2.5

/** How far apart two flushes of a room are, given what one costs: 16 to 50 ms. */
export function flushWindow(costMs: number): number {
  const cheap = Math.min(costMs * cheapShare, crowdMs)
  return Math.min(Math.max(shortestMs, cheap, costMs * dearShare), longestMs)
}
