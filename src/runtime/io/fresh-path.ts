/** File names for recordings. Thread: one that may block. */
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs"
import { dirname, join } from "node:path"
import { messageOf, ResourceError } from "../errors.ts"

const longestStemBytes = 180
const attempts = 1000

/**
 * Makes the folder if need be and takes a name in it that no file has yet: `folder/stem.ext`, `folder/stem (2).ext`, ...
 * An empty file is made at once, so that two recorders that ask in the same instant get two names.
 *
 * stem      anything, also a name that came over the network: what file systems dislike becomes "_"
 * Fails     ResourceError
 */
export const freshPath = (folder: string, stem: string, extension: string): string => {
  const safe = safeStem(stem)
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const path = join(folder, `${safe}${attempt === 1 ? "" : ` (${attempt})`}.${extension}`)
    try {
      makeFolder(folder)
      closeSync(openSync(path, "wx"))
      return path
    } catch (error) {
      if (isTaken(error)) continue
      throw new ResourceError(`${path}: ${messageOf(error)}`, "Check that the folder may be written to.", { cause: error })
    }
  }
  throw new ResourceError(`${join(folder, safe)}: ${attempts} files of this name are there`, "Move the old recordings away.")
}

/** A name that every common file system takes, never empty, "." or "..", and never a path. */
export const safeStem = (stem: string): string => {
  const plain = stem.normalize("NFC").replace(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]/gu, "_").replace(/^[.\s]+|[.\s]+$/gu, "")
  let bytes = 0
  let end = 0
  for (const letter of plain) {
    bytes += Buffer.byteLength(letter)
    if (bytes > longestStemBytes) break
    end += letter.length
  }
  const short = plain.slice(0, end).trimEnd()
  return short === "" ? "recording" : short
}

/** Node's own `recursive` never returns where a file system answers "no such folder" to the last step (/proc; Node 20). */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!isTaken(error)) throw error
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST"
