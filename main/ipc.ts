import type { IpcMain, IpcMainInvokeEvent, WebContents } from "electron"
import type { z } from "zod"
import { AppError } from "../protocol/errors.ts"
import {
  type IpcArguments,
  type IpcChannel,
  type IpcResults,
  ipcArguments,
  ipcPrefix,
  type Outcome,
} from "../protocol/ipc.ts"
import { isAppUrl } from "./app-url.ts"
import type { Log } from "./log.ts"

/** Spelled out by channel, so that what is parsed has the type that belongs to its channel. */
const schemas: { [C in IpcChannel]: z.ZodType<IpcArguments<C>> } = ipcArguments

/** One answer for every call that a window may make. */
export type Handlers<Caller> = {
  [C in IpcChannel]: (caller: Caller, ...args: IpcArguments<C>) => IpcResults[C] | Promise<IpcResults[C]>
}

export interface IpcOptions<Caller> {
  ipcMain: Pick<IpcMain, "handle">
  handlers: Handlers<Caller>
  /** The window that the contents belong to; null: they are none of ours. */
  callerOf(contents: WebContents): Caller | null
  log: Log
}

/**
 * Registers every call. A call is answered only if it comes from the main frame of one of our windows while it shows
 * our own page, and has arguments of the right form; anything else is refused and logged.
 */
export function answerWindows<Caller>(options: IpcOptions<Caller>): void {
  for (const channel of channels()) answer(channel, options)
}

function answer<C extends IpcChannel, Caller>(channel: C, options: IpcOptions<Caller>): void {
  const { ipcMain, handlers, callerOf, log } = options
  ipcMain.handle(`${ipcPrefix}${channel}`, async (event, ...given: unknown[]) => {
    const caller = isOurPage(event) ? callerOf(event.sender) : null
    if (caller === null) {
      log.error("ipc-sender-refused", { channel, url: event.senderFrame?.url ?? null })
      throw new AppError("NOT_ALLOWED", "Only the app's own windows may ask this.")
    }
    const args = parseArguments(channel, given)
    if (args === null) {
      log.error("ipc-arguments-refused", { channel })
      throw new AppError("REQUEST_INVALID", `The arguments of ${channel} have the wrong form.`)
    }
    try {
      return await handlers[channel](caller, ...args)
    } catch (error) {
      log.error("ipc-call-failed", { channel, error })
      throw error
    }
  })
}

function isOurPage({ sender, senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isAppUrl(senderFrame.url)
}

function parseArguments<C extends IpcChannel>(channel: C, given: readonly unknown[]): IpcArguments<C> | null {
  const parsed = schemas[channel].safeParse(given)
  return parsed.success ? parsed.data : null
}

function channels(): IpcChannel[] {
  return Object.keys(ipcArguments).filter((key): key is IpcChannel => key in ipcArguments)
}

/** An expected failure travels as a value, with the sentence that the person reads; others are faults of ours. */
export async function outcome<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { ok: false, error: { code: error.code, message: error.message } }
  }
}
