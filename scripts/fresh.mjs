/**
 * What is up to date and what is not. A step's signature is made of the names, sizes and change times of its inputs, so that
 * asking costs a look at the folder, no reading.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/**
 * Files under the given files and folders, sorted, with forward slashes. What does not exist is left out.
 * keep   decides by relative path
 */
export const listFiles = (root, paths, keep = () => true) => {
  const found = []
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isDirectory()) for (const name of readdirSync(join(root, path))) visit(`${path}/${name}`)
    else if (keep(path)) found.push({ path, size: stat.size, changedMs: stat.mtimeMs })
  }
  for (const path of paths) visit(path)
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** One short word for a list of files as they are now. */
export const signatureOf = (files) => {
  const hash = createHash("sha256")
  for (const { path, size, changedMs } of files) hash.update(`${path} ${size} ${changedMs}\n`)
  return hash.digest("hex").slice(0, 24)
}

/** A file's content as one short word; "" where there is no such file. */
export const hashFile = (path) => (existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 24) : "")

/** A stamp file's content; undefined where there is none or it is broken. */
export const readStamp = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}

export const writeStamp = (path, stamp) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(stamp, null, 1)}\n`)
}

/**
 * Whether a build step need not run: its inputs are as they were, its outputs are there.
 * step    { inputs, keep?, outputs }
 * stamp   what `stampOf` gave after the step's last success
 */
export const isFresh = (root, step, stamp) =>
  stamp !== undefined &&
  step.outputs.every((path) => existsSync(join(root, path))) &&
  stamp.signature === signatureOf(listFiles(root, step.inputs, step.keep))

export const stampOf = (files) => ({ signature: signatureOf(files), files: files.map(({ path }) => path) })
