/**
 * The files of a trace. Kept whole, it is one file. Where only its end is kept it is a folder of parts beside the file, FILE.parts, each
 * a trace of its own; at the end they are joined, and the folder goes. Who was killed leaves the folder: it is read instead.
 *
 * Thread: one that may block
 */
import {
  closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, truncateSync, writeSync,
} from "node:fs"
import { basename, dirname, extname, join } from "node:path"
import { messageOf, ResourceError } from "../errors.ts"
import { freshPath } from "./fresh-path.ts"

const EXTENSION = "trace"
const PIECE_BYTES = 1 << 20

const partsFolder = (path: string): string => `${path}.parts`
export const partPath = (path: string, number: number): string => join(partsFolder(path), `${String(number).padStart(9, "0")}.${EXTENSION}`)

/** Numbers of the parts that are there, in order. */
export function listParts(path: string): readonly number[] {
  const folder = partsFolder(path)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => (/^\d{9}\.trace$/.test(name) ? [Number.parseInt(name, 10)] : [])).toSorted((a, b) => a - b)
}

/**
 * Begins a trace under this name, or, where there is one, under the next that is free: "party (2).trace". Without an ending it gets one.
 * Returns  its path
 * Fails    ResourceError
 */
export function beginTrace(path: string, beginning: Uint8Array, inParts: boolean): string {
  const given = extname(path)
  const extension = given.length > 1 ? given.slice(1) : EXTENSION
  const fresh = freshPath(dirname(path), basename(path, given), extension)
  try {
    const file = openSync(fresh, "w")
    writeSync(file, beginning)
    closeSync(file)
    if (inParts) mkdirSync(partsFolder(fresh), { recursive: true })
    return fresh
  } catch (error) {
    throw new ResourceError(`${fresh}: ${messageOf(error)}`, "Choose another file, or make room on the disk.", { cause: error })
  }
}

/** Cuts a file to so many bytes, where it is longer. */
export function cutFile(path: string, bytes: number): void {
  if (statSync(path).size > bytes) truncateSync(path, bytes)
}

export const removePart = (path: string, number: number): void => rmSync(partPath(path, number), { force: true })

/** Puts the parts into one file, in its place. headBytes: of each part's beginning, which only the first keeps. */
export function joinParts(path: string, headBytes: number): void {
  const [first, ...others] = listParts(path).map((number) => partPath(path, number))
  if (first === undefined) return
  const joining = join(partsFolder(path), "joining")
  copyFileSync(first, joining)
  const file = openSync(joining, "a")
  try {
    for (const part of others) readPieces(part, (bytes) => writeAll(file, bytes), headBytes)
  } finally {
    closeSync(file)
  }
  renameSync(joining, path)
  rmSync(partsFolder(path), { recursive: true, force: true })
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const count = writeSync(file, bytes, done, bytes.length - done)
    if (count === 0) throw new Error("no space left on device")
    done += count
  }
}

/** Gives a file away piece by piece, from a byte on. */
function readPieces(path: string, take: (bytes: Uint8Array) => void, from = 0): void {
  const file = openSync(path, "r")
  try {
    const piece = new Uint8Array(PIECE_BYTES)
    for (let at = from; ;) {
      const count = readSync(file, piece, 0, piece.length, at)
      if (count === 0) return
      take(piece.subarray(0, count))
      at += count
    }
  } finally {
    closeSync(file)
  }
}

/**
 * The files that make up a trace, in order: the file, or its parts where it was never joined.
 * Fails  ResourceError: there is none
 */
export function traceFiles(path: string): readonly string[] {
  const named = [path, `${path}.${EXTENSION}`].find((name) => existsSync(name) || listParts(name).length > 0)
  if (named === undefined) throw new ResourceError(`${path}: there is no such trace`, "Traces are made by: wifi-party run PRESET --trace FILE")
  const parts = listParts(named)
  return parts.length > 0 ? parts.map((number) => partPath(named, number)) : [named]
}

/** Gives a file away piece by piece. Fails  ResourceError: it cannot be read; and whatever `take` fails with */
export function readTraceFile(path: string, take: (bytes: Uint8Array) => void): void {
  try {
    readPieces(path, take)
  } catch (error) {
    if (error instanceof ResourceError || !(error instanceof Error && "code" in error)) throw error
    throw new ResourceError(`${path}: ${messageOf(error)}`, "Check that the file may be read.", { cause: error })
  }
}
