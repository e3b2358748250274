/**
 * Regroups bytes that arrive in pieces of any size into blocks of an exact size.
 *
 * Thread: any one      Realtime: wait-free, allocates nothing after creation
 */

export interface BlockCutter {
  /** Hands on every block that `bytes` completes; keeps the rest for the next call. */
  push(bytes: Buffer): void
  /** Forgets an unfinished block. */
  reset(): void
}

/**
 * sampleCount  samples of a block, all channels; 4 bytes each, float32 in the machine's byte order
 * onBlock      called for each block; the array is the same every time, valid only during the call
 */
export const createBlockCutter = (sampleCount: number, onBlock: (block: Float32Array) => void): BlockCutter => {
  const block = new Float32Array(sampleCount)
  const bytesOfBlock = new Uint8Array(block.buffer)
  const blockBytes = bytesOfBlock.length
  let filledBytes = 0
  return {
    push: (bytes) => {
      let at = 0
      while (at < bytes.length) {
        const copied = bytes.copy(bytesOfBlock, filledBytes, at, Math.min(bytes.length, at + blockBytes - filledBytes))
        at += copied
        filledBytes += copied
        if (filledBytes < blockBytes) return
        filledBytes = 0
        onBlock(block)
      }
    },
    reset: () => {
      filledBytes = 0
    },
  }
}
