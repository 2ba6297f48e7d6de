import type { z } from "zod"
import {
  type EmbeddedMessage,
  type EmbeddedRequest,
  type EmbeddedValues,
  embeddedValue,
  type FileStatus,
  type Joined,
  type Knock,
} from "../protocol/embedded.ts"
import { AppError, type ErrorReport, unreachable } from "../protocol/errors.ts"
import type { ServerAddress } from "../protocol/ipc.ts"
import type { Log } from "./log.ts"
import type { ServerLaunch, ServerProcess, ServerProcessEvents } from "./server-process.ts"

/** Milliseconds. */
export const serverTimes = {
  /** From the fork to `listening`: opening a large store may take its time. */
  start: 30_000,
  /** A request is answered within this, restarts of the server included. */
  request: 20_000,
  /** A folder goes to another server with all its history. */
  handover: 900_000,
  /** Between the request to stop and the kill; the server's own limit on a drain is 10 s. */
  stop: 11_000,
  /** The first restart comes at once, the next ones twice as late each, up to this. */
  longestPause: 10_000,
  firstPause: 250,
  /** Who ran this long was well: the pauses begin anew. */
  well: 30_000,
} as const

/** As many starts in a row without success, and the person is told. */
const toldAfter = 4

/** Spelled out by kind, so that the value of a request has the type that belongs to its kind. */
const values: { [K in EmbeddedRequest["kind"]]: z.ZodType<EmbeddedValues[K]> } = embeddedValue

type Request<K extends EmbeddedRequest["kind"]> = Extract<EmbeddedRequest, { kind: K }> & { kind: K }

/** What of a process is needed here. */
export type RunningServer = Pick<ServerProcess, "pid" | "post" | "kill">

interface Pending {
  request: EmbeddedRequest
  take(value: unknown): void
  refuse(error: AppError): void
}

type ServerState =
  | { name: "idle" }
  | { name: "starting"; process: RunningServer; deadline: NodeJS.Timeout }
  | { name: "running"; process: RunningServer; address: ServerAddress; since: number }
  | { name: "pausing"; timer: NodeJS.Timeout }
  | { name: "stopping"; process: RunningServer | null; stopped: Promise<void>; exited: () => void }

export interface EmbeddedServerOptions {
  /** The port of the last time, or 0 for a free one. */
  port: number
  launch(port: number): ServerLaunch
  fork(launch: ServerLaunch, events: ServerProcessEvents): RunningServer
  output(chunk: Buffer): void
  log: Log
  /** The address that windows connect to; null from the moment that the server is gone. */
  addressChanged(address: ServerAddress | null): void
  portChanged(port: number): void
  fileStatus(status: FileStatus): void
  fileNotice(room: string, notice: ErrorReport): void
  absence(room: string): void
  knocks(knocks: readonly Knock[]): void
  joinedMoved(joined: Joined): void
  storeStatus(trouble: ErrorReport | null): void
}

/**
 * Keeps one sync server running inside the app: starts it again when it dies, on the same port if that can be had, so
 * that windows come back by themselves. Requests that were not answered are put to the next run.
 */
export class EmbeddedServer {
  readonly #options: EmbeddedServerOptions
  readonly #pending = new Map<number, Pending>()
  #state: ServerState = { name: "idle" }
  #port: number
  #lastId = 0
  #failedStarts = 0
  #restarts = 0

  constructor(options: EmbeddedServerOptions) {
    this.#options = options
    this.#port = options.port
  }

  get address(): ServerAddress | null {
    return this.#state.name === "running" ? this.#state.address : null
  }

  get pid(): number | null {
    return this.#state.name === "running" ? this.#state.process.pid : null
  }

  /** Returns at once; `addressChanged` tells when it is up. */
  start(): void {
    if (this.#state.name === "idle") this.#fork()
  }

  /**
   * Asks the server. Every request may be put twice, if the server dies before it answers. `patienceMs` for one that takes long.
   *
   * @throws AppError what the server refused, or SERVER_UNAVAILABLE when no server has answered in time
   */
  async request<K extends EmbeddedRequest["kind"]>(
    request: Request<K>,
    patienceMs: number = serverTimes.request,
  ): Promise<EmbeddedValues[K]> {
    if (this.#state.name === "stopping") throw unavailable("Manyhands is closing.")
    const value = await new Promise<unknown>((resolve, reject) => {
      this.#put(request, patienceMs, { take: resolve, refuse: reject })
    })
    return values[request.kind].parse(value)
  }

  /** Drains the server and resolves when it has exited; when it does not in time, it is killed. */
  stop(): Promise<void> {
    if (this.#state.name === "stopping") return this.#state.stopped
    const process = "process" in this.#state ? this.#state.process : null
    if (this.#state.name === "pausing") clearTimeout(this.#state.timer)
    if (this.#state.name === "starting") clearTimeout(this.#state.deadline)
    let exited = (): void => undefined
    const exit = new Promise<void>((resolve) => {
      exited = resolve
    })
    const stopped = process === null ? Promise.resolve() : this.#drain(process, exit)
    this.#state = { name: "stopping", process, stopped, exited }
    this.#refuseAll("Manyhands is closing.")
    return stopped
  }

  async #drain(process: RunningServer, exit: Promise<void>): Promise<void> {
    process.post({ id: ++this.#lastId, request: { kind: "stop" } })
    const tooLate = setTimeout(() => {
      this.#options.log.error("server-killed", { reason: "it did not stop in time" })
      process.kill()
    }, serverTimes.stop)
    await exit
    clearTimeout(tooLate)
  }

  #put(request: EmbeddedRequest, patienceMs: number, settle: Pick<Pending, "take" | "refuse">): void {
    const id = ++this.#lastId
    const deadline = setTimeout(() => {
      this.#pending.delete(id)
      settle.refuse(unavailable("This takes too long. Try again in a moment."))
    }, patienceMs)
    const done = () => {
      clearTimeout(deadline)
      this.#pending.delete(id)
    }
    this.#pending.set(id, {
      request,
      take: (value) => {
        done()
        settle.take(value)
      },
      refuse: (error) => {
        done()
        settle.refuse(error)
      },
    })
    if (this.#state.name === "running") this.#state.process.post({ id, request })
  }

  #fork(): void {
    const launch = this.#options.launch(this.#port)
    const process: RunningServer = this.#options.fork(launch, {
      message: (message) => this.#receive(message, process),
      nonsense: (error) => this.#options.log.error("server-message-invalid", { error }),
      output: (chunk) => this.#options.output(chunk),
      exited: (code) => this.#exited(code, process),
    })
    const deadline = setTimeout(() => {
      this.#options.log.error("server-killed", { reason: "it did not start in time" })
      process.kill()
    }, serverTimes.start)
    this.#state = { name: "starting", process, deadline }
  }

  #receive(message: EmbeddedMessage, process: RunningServer): void {
    switch (message.kind) {
      case "listening":
        this.#askForToken(message, process)
        return
      case "reply":
        this.#pending.get(message.id)?.take(message.value)
        return
      case "refusal":
        this.#pending.get(message.id)?.refuse(new AppError(message.error.code, message.error.message))
        return
      case "file-status":
        this.#options.fileStatus(message.status)
        return
      case "file-notice":
        this.#options.fileNotice(message.room, message.notice)
        return
      case "joined-moved":
        this.#options.joinedMoved(message.joined)
        return
      case "knocks":
        this.#options.knocks(message.knocks)
        return
      case "absence":
        this.#options.absence(message.room)
        return
      case "store-status":
        this.#options.storeStatus(message.trouble)
        return
      default:
        unreachable(message)
    }
  }

  /** The first request of a run; the others wait until windows can use what they are answered. */
  #askForToken({ url, port }: { url: string; port: number }, process: RunningServer): void {
    if (this.#state.name !== "starting" || this.#state.process !== process) return
    this.#port = port
    this.#options.portChanged(port)
    const id = ++this.#lastId
    this.#pending.set(id, {
      request: { kind: "token" },
      take: (value) => {
        this.#pending.delete(id)
        const parsed = embeddedValue.token.safeParse(value)
        if (parsed.success) this.#isUp({ url, token: parsed.data.token }, process)
        else this.#options.log.error("server-message-invalid", { error: parsed.error })
      },
      refuse: (error) => {
        this.#pending.delete(id)
        this.#options.log.error("server-token-refused", { error })
      },
    })
    process.post({ id, request: { kind: "token" } })
  }

  #isUp(address: ServerAddress, process: RunningServer): void {
    if (this.#state.name !== "starting" || this.#state.process !== process) return
    clearTimeout(this.#state.deadline)
    this.#failedStarts = 0
    this.#state = { name: "running", process, address, since: Date.now() }
    this.#options.log.info("server-running", { url: address.url, pid: process.pid })
    this.#options.storeStatus(null)
    for (const [id, { request }] of this.#pending) process.post({ id, request })
    this.#options.addressChanged(address)
  }

  #exited(code: number, process: RunningServer): void {
    const state = this.#state
    if (state.name === "stopping") {
      this.#options.log.info("server-stopped", { code })
      state.exited()
      return
    }
    if (!("process" in state) || state.process !== process) return
    this.#options.log.error("server-exited", { code, state: state.name, restarts: this.#restarts })
    for (const [id, { request }] of this.#pending) if (request.kind === "token") this.#pending.delete(id)
    if (state.name === "starting") {
      clearTimeout(state.deadline)
      this.#startFailed()
    } else {
      if (Date.now() - state.since > serverTimes.well) this.#restarts = 0
      this.#options.addressChanged(null)
    }
    this.#startAgain()
  }

  /** The port of the last time may belong to somebody else by now. */
  #startFailed(): void {
    this.#port = 0
    this.#failedStarts += 1
    if (this.#failedStarts < toldAfter) return
    this.#options.storeStatus({
      code: "SERVER_UNAVAILABLE",
      message: "The part of Manyhands that keeps your words does not start. It is tried again all the time.",
    })
  }

  #startAgain(): void {
    const pause =
      this.#restarts === 0
        ? 0
        : Math.min(serverTimes.firstPause * 2 ** (this.#restarts - 1), serverTimes.longestPause)
    this.#restarts += 1
    this.#state = { name: "pausing", timer: setTimeout(() => this.#fork(), pause) }
  }

  #refuseAll(reason: string): void {
    for (const pending of [...this.#pending.values()]) pending.refuse(unavailable(reason))
  }
}

function unavailable(message: string): AppError {
  return new AppError("SERVER_UNAVAILABLE", message)
}
