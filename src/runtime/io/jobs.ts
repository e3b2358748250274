/** Offline work in a pool of threads: what takes longer than a block and must not disturb one. */
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { Piscina } from "piscina"
import { messageOf, ResourceError } from "../errors.ts"
import { workerUrl } from "./package-root.ts"
import type { DecodedSound, DecodeRequest } from "./decode.job.ts"

/**
 * Decodes files side by side; the same path is decoded once.
 * Returns  by path
 * Fails    ResourceError naming the file
 */
export async function decodeFiles(paths: readonly string[], rateHz: number, dspModule: WebAssembly.Module): Promise<ReadonlyMap<string, DecodedSound>> {
  const distinct = [...new Set(paths)]
  if (distinct.length === 0) return new Map()
  const pool = new Piscina<DecodeRequest, DecodedSound>({
    filename: fileURLToPath(workerUrl("runtime/io/decode.job")), maxThreads: Math.min(distinct.length, cpus().length),
  })
  // A failed job rejects its own promise; without a listener the pool's event would end the process.
  pool.on("error", () => {})
  try {
    const sounds = await Promise.all(distinct.map(async (path) => {
      try {
        return [path, await pool.run({ path, rateHz, dspModule }, { name: "decodeSound" })] as const
      } catch (error) {
        throw new ResourceError(`${path} cannot be played: ${messageOf(error)}`,
          "It must be a sound file: wav, flac, mp3, ogg, opus, m4a or aiff", { cause: error })
      }
    }))
    return new Map(sounds)
  } finally {
    await pool.destroy()
  }
}
