import type { DeliveryLedger } from "./delivery-ledger.ts"

const sync = 0
const step2 = 1
const update = 2

/**
 * Makes the WebSocket class of one session, to be given to y-websocket as `WebSocketPolyfill`: each connection counts
 * the sync messages of kind step 2 and update that it sends, which is what the server's durable counts speak of.
 * (Comparing state vectors would not do: they do not move on a deletion.)
 */
export function durableSocketClass(ledger: DeliveryLedger): typeof WebSocket {
  return class DurableSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      ledger.connecting()
    }

    override send(data: string | Blob | BufferSource): void {
      super.send(data)
      if (!(data instanceof Uint8Array) || data[0] !== sync) return
      if (data[1] === step2) ledger.sentAnswer(Date.now())
      if (data[1] === update) ledger.sentUpdate()
    }
  }
}
