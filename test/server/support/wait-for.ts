/** Long enough for a busy machine; a test that is going to pass never comes near it. */
const deadlineMs = 20_000

/** Waits until the condition holds. Fails with what `explain` says when it never does. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  explain: () => string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`This never came true: ${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
