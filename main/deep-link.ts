import { deepLinkScheme } from "../protocol/invite.ts"

/** Whether a start argument, or what the system hands over, is one of our links rather than a path. */
export function isDeepLink(text: string): boolean {
  return text.toLowerCase().startsWith(`${deepLinkScheme}:`)
}
