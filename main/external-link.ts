const allowed = new Set(["https:", "http:", "mailto:"])

/**
 * The link as the system's browser may be given it, or null: everything that could start another program or show a
 * local file is refused.
 */
export function externalLink(text: string): string | null {
  try {
    const url = new URL(text)
    return allowed.has(url.protocol) ? url.href : null
  } catch {
    return null // not a link at all
  }
}
