import type { Logger } from "pino"
import {
  type EmbeddedMessage,
  type EmbeddedRequest,
  type EmbeddedValues,
  embeddedCall,
  type Share,
} from "../protocol/embedded.ts"
import { AppError, type ErrorReport } from "../protocol/errors.ts"
import { parseRoomName } from "../protocol/room-name.ts"
import type { ShareRecord } from "./access/shares.ts"
import type { ServerEvents, SyncServer } from "./sync-server.ts"

/** Electron's parent port, as far as it is used here: the server itself knows nothing of Electron. */
export interface ParentPort {
  on(event: "message", listener: (message: { data: unknown }) => void): void
  postMessage(message: unknown): void
}

/** The parent port of Electron's `utilityProcess`; null in a plain Node process. */
export function parentPortOf(process: object): ParentPort | null {
  const port: unknown = Reflect.get(process, "parentPort")
  return isParentPort(port) ? port : null
}

function isParentPort(value: unknown): value is ParentPort {
  return typeof value === "object" && value !== null && "postMessage" in value && "on" in value
}

/** What the server is asked for while it serves. */
type ServerRequest = Exclude<EmbeddedRequest, { kind: "stop" }>

/** Serves the desktop app's main process over its parent port. */
export class EmbeddedEndpoint {
  readonly #port: ParentPort
  readonly #logger: Logger
  readonly #stop: () => void
  #server: SyncServer | null = null

  constructor(options: { port: ParentPort; logger: Logger; stop: () => void }) {
    this.#port = options.port
    this.#logger = options.logger
    this.#stop = options.stop
    this.#port.on("message", ({ data }) => this.#take(data))
  }

  /** What the server is to tell as it happens. */
  get events(): ServerEvents {
    return {
      fileStatus: (status) => this.#post({ kind: "file-status", status }),
      storeTrouble: (trouble) =>
        this.#post({ kind: "store-status", trouble: trouble === null ? null : report(trouble) }),
      fileNotice: (room, notice) => this.#post({ kind: "file-notice", room, notice }),
      joinedMoved: (joined) => this.#post({ kind: "joined-moved", joined }),
      knocks: (knocks) => this.#post({ kind: "knocks", knocks: [...knocks] }),
      absence: (room) => this.#post({ kind: "absence", room }),
    }
  }

  /** Answers requests from now on. */
  serve(server: SyncServer, address: { url: string; port: number }): void {
    this.#server = server
    this.#post({ kind: "listening", ...address })
  }

  #take(data: unknown): void {
    const call = embeddedCall.safeParse(data)
    if (!call.success) {
      this.#logger.error(
        { event: "request-invalid", err: call.error },
        "A request of the app has the wrong form",
      )
      return
    }
    const { id, request } = call.data
    if (request.kind === "stop") {
      // Even before the server serves: the app may quit while it starts.
      this.#stop()
      this.#post({ kind: "reply", id, value: {} })
    } else if (this.#server === null) {
      const error = new AppError("SERVER_UNAVAILABLE", "The server is still starting")
      this.#post({ kind: "refusal", id, error: report(error) })
    } else {
      void this.#answer(this.#server, id, request)
    }
  }

  async #answer(server: SyncServer, id: number, request: ServerRequest): Promise<void> {
    try {
      this.#post({ kind: "reply", id, value: await this.#do(server, request) })
    } catch (error) {
      if (!(error instanceof AppError))
        this.#logger.error({ event: "request-failed", request: request.kind, err: error }, "A request failed")
      this.#post({ kind: "refusal", id, error: report(error) })
    }
  }

  async #do(server: SyncServer, request: ServerRequest): Promise<EmbeddedValues[ServerRequest["kind"]]> {
    switch (request.kind) {
      case "token":
        return this.#token(server)
      case "file-open":
        return server.mirror.open(request.path)
      case "file-moved":
        await server.mirror.moved(request.from, request.to)
        return {}
      case "files-appeared":
        await server.mirror.appeared(request.paths)
        return {}
      case "file-restore":
        await server.mirror.restore(parseRoomName(request.room))
        return {}
      case "share-listen":
        return { port: await server.share(request.host, request.port) }
      case "share-start":
        return shown(
          server,
          await access(server.shares).start({ ...request, room: parseRoomName(request.room) }),
        )
      case "share-stop":
        await access(server.handover).end(parseRoomName(request.room))
        await access(server.shares).stop(parseRoomName(request.room))
        server.knocks.withdrawAll(request.room)
        await server.folders.stop(parseRoomName(request.room))
        return {}
      case "share-nearby":
        return shown(server, await access(server.shares).setNearby(parseRoomName(request.room), request.on))
      case "handover-continue":
        await access(server.handover).continueOn(parseRoomName(request.room), request.link)
        return shared(server, request.room)
      case "handover-back":
        await access(server.handover).bringBack(parseRoomName(request.room), request.origin)
        return shared(server, request.room)
      case "take-over":
        await server.takeOver(parseRoomName(request.room))
        return {}
      case "knock-list":
        return { knocks: server.knocks.waiting }
      case "knock-answer":
        await answerKnock(server, request)
        return {}
      case "joined-list":
        return { rooms: await server.replicas.joinedRooms() }
      case "replica-moved":
        return { isInvited: await server.replicas.moved(parseRoomName(request.room), request.origin) }
      case "folder-host":
        return { room: await server.folders.host(request.path, request.files) }
      case "folder-listed":
        await server.folders.listed(parseRoomName(request.room), request.files)
        return {}
      case "folder-list":
        return { folders: await server.folders.list() }
      case "folder-file":
        return server.replicas.openFile(parseRoomName(request.folder), parseRoomName(request.room))
      case "share-list":
        return {
          shares: await Promise.all(
            (await access(server.shares).list()).map((share) => shown(server, share)),
          ),
        }
      case "join":
        return server.replicas.join(request.link)
      case "absence-read":
        return { absence: await server.replicas.absences.read(parseRoomName(request.room)) }
      case "absence-dismiss":
        await server.replicas.absences.dismiss(parseRoomName(request.room), request.until)
        return {}
      case "retry-hosts":
        server.replicas.retryNow()
        return {}
    }
  }

  async #token(server: SyncServer): Promise<{ token: string }> {
    // It must outlive the longest time that the app stays open: a window that comes back after sleep still holds it.
    const { token } = await access(server.tokens).sign({ role: "owner" }, null)
    return { token }
  }

  #post(message: EmbeddedMessage): void {
    this.#port.postMessage(message)
  }
}

async function shown(server: SyncServer, share: ShareRecord): Promise<Share> {
  return { ...share, elsewhere: (await server.handover?.of(parseRoomName(share.room))) ?? null }
}

async function shared(server: SyncServer, room: string): Promise<Share> {
  const share = await access(server.shares).of(parseRoomName(room))
  if (share === null) throw new AppError("NOT_ALLOWED", "This is not shared any more.")
  return shown(server, share)
}

async function answerKnock(server: SyncServer, { id, admit }: { id: string; admit: boolean }): Promise<void> {
  const room = server.knocks.roomOf(id)
  const share = (await access(server.shares).list()).find((candidate) => candidate.room === room)
  if (admit && share !== undefined)
    server.knocks.answer(id, { state: "admitted", room: share.room, token: share.token })
  else server.knocks.answer(id, { state: "declined" })
}

/** The app always starts its server with tokens. */
function access<T>(value: T | null): T {
  if (value === null)
    throw new AppError("NOT_ALLOWED", "This server runs without tokens, so nothing can be shared by invite")
  return value
}

function report(error: unknown): ErrorReport {
  if (error instanceof AppError) return { code: error.code, message: error.message }
  return {
    code: "REQUEST_INVALID",
    message: "Something unexpected went wrong. Your words are where they were.",
  }
}
