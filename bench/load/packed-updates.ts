const lengthBytes = 4

/** Updates as one file: [length: 4 bytes, little endian][update], one after the other. */
export function packUpdates(updates: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    updates.flatMap((update) => {
      const length = Buffer.alloc(lengthBytes)
      length.writeUInt32LE(update.length)
      return [length, update]
    }),
  )
}

/** Views of `packed`. */
export function unpackUpdates(packed: Buffer): Uint8Array[] {
  const updates: Uint8Array[] = []
  for (let start = 0; start < packed.length; ) {
    const end = start + lengthBytes + packed.readUInt32LE(start)
    updates.push(packed.subarray(start + lengthBytes, end))
    start = end
  }
  return updates
}
