/** What a test asks of a site (site.ts), a line of JSON each way. */
import { z } from "zod"

export const siteCall = z.discriminatedUnion("do", [
  /** The link by which the other side joins. */
  z.object({ do: z.literal("invite"), room: z.string() }),
  z.object({ do: z.literal("join"), link: z.string() }),
  /** The host is tried at once, as when the network is back. */
  z.object({ do: z.literal("retry") }),
  /** Everything to and from the host takes so much longer. */
  z.object({ do: z.literal("slow"), ms: z.number() }),
  /** A window is opened, by the number of a person. */
  z.object({ do: z.literal("open"), person: z.number(), room: z.string() }),
  z.object({ do: z.literal("close"), person: z.number() }),
  /** Puts a word between two others. */
  z.object({ do: z.literal("write"), person: z.number(), word: z.string(), at: z.number() }),
  z.object({ do: z.literal("erase"), person: z.number(), word: z.string() }),
  z.object({ do: z.literal("look"), person: z.number() }),
])
export type SiteCall = z.infer<typeof siteCall>

/** How a window stands. */
export const siteView = z.object({
  text: z.string(),
  /** Everything that was written in it is on its own server's disk. */
  settled: z.boolean(),
  /** As `HostState`; null: not heard of. */
  host: z.number().nullable(),
  waiting: z.number(),
  /** Those whom it sees, itself included. */
  people: z.array(z.string()),
})
export type SiteView = z.infer<typeof siteView>

export const siteAnswer = z.object({
  link: z.string().optional(),
  view: siteView.optional(),
  isDone: z.boolean(),
})
export type SiteAnswer = z.infer<typeof siteAnswer>
