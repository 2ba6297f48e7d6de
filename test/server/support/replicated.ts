import { formatInviteLink } from "../../../protocol/invite.ts"
import { type HostReport, HostState } from "../../../protocol/message.ts"
import type { Role } from "../../../protocol/role.ts"
import { parseRoomName } from "../../../protocol/room-name.ts"
import type { JoinedDocument } from "../../../sync-server/replica/replicas.ts"
import { TestClient } from "./client.ts"
import { startServer, type TestServer } from "./server.ts"
import { waitFor } from "./wait-for.ts"

/** A room as the desktop names it. */
export const room = parseRoomName("abcdefghijklmnopqrst")

/** A window of the desktop app: an owner at its own server, told of the host as well. */
export class Window extends TestClient {
  static async open(server: TestServer, name: string = room): Promise<Window> {
    const window = new Window(server.wsUrl, { room: name, token: await server.token("owner"), durable: 2 })
    await window.whenSynced()
    return window
  }

  /** The last word on the host. */
  get host(): HostReport | null {
    const reports = this.heard.flatMap((message) =>
      message.type === "durable" && message.host !== null ? [message.host] : [],
    )
    return reports.at(-1) ?? null
  }

  write(text: string): void {
    this.text.insert(this.text.length, text)
  }

  /** Who is here, by client id. */
  get people(): number[] {
    return [...this.awareness.values()].filter(({ state }) => state !== null).map(({ clientId }) => clientId)
  }

  async whenHost(report: Partial<HostReport>): Promise<void> {
    await waitFor(
      () => Object.entries(report).every(([key, value]) => Reflect.get(this.host ?? {}, key) === value),
      () => `the host is ${JSON.stringify(report)}, it is ${JSON.stringify(this.host)}`,
    )
  }

  async whenSaved(): Promise<void> {
    await this.whenDurable()
    await this.whenHost({ state: HostState.Saved, waiting: 0 })
  }

  async whenPeople(ids: number[]): Promise<void> {
    const wanted = [...ids].sort().join()
    await waitFor(
      () => [...this.people].sort().join() === wanted,
      () => `the people are ${wanted}, they are ${this.people.join()}`,
    )
  }
}

/** The link that the host's share dialog gives. */
export async function inviteLink(
  host: TestServer,
  options: { name?: string; role?: Role; origin?: string } = {},
): Promise<string> {
  const shares = host.server.shares
  if (shares === null) throw new Error("This server asks for no tokens")
  const { token } = await shares.start({
    room: parseRoomName(options.name ?? room),
    role: options.role ?? "editor",
    title: "Tides",
    by: "Mira",
    expiresIn: null,
  })
  return formatInviteLink({
    origin: options.origin ?? host.httpUrl,
    room: parseRoomName(options.name ?? room),
    token,
  })
}

export interface Pair {
  host: TestServer
  joiner: TestServer
  link: string
  joined: JoinedDocument
}

/** Two servers, one of which has joined a document of the other. */
export async function joinedPair(options: { role?: Role } = {}): Promise<Pair> {
  const host = await startServer()
  const joiner = await startServer()
  const link = await inviteLink(host, options)
  return { host, joiner, link, joined: await joiner.server.replicas.join(link) }
}

/** The same server once more, at the address that it had. */
export function startAgain(server: TestServer): Promise<TestServer> {
  return startServer({ dataDir: server.dataDir, env: { PORT: String(server.port) } })
}

export async function whenAlike(...windows: Window[]): Promise<void> {
  await waitFor(
    () => new Set(windows.map(({ text }) => text.toString())).size === 1,
    () => `all say the same: ${windows.map(({ text }) => JSON.stringify(text.toString())).join(" and ")}`,
  )
}
