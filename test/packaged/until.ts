const limitMs = 60_000
const pollMs = 50

/**
 * Polls until `look` finds something, and resolves to it.
 *
 * @param details what to add to the message when it has waited in vain for a minute
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  details: () => string = () => "",
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}. ${details()}`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
