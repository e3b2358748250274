/** Where the built package lies, from its sources and from its build alike. */
import { readFileSync } from "node:fs"

/** Three folders up from src/runtime/io and dist/runtime/io alike. */
const root = new URL("../../../", import.meta.url)

/** Entry of a worker thread: always the built file, since Node runs no TypeScript in workers on every version we support. */
export const workerUrl = (path: string): URL => new URL(`dist/${path}.js`, root)

/** The package's own version, like "1.2.0". */
export const programVersion = (): string => (JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string }).version
