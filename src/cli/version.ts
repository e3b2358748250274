import { readFileSync } from "node:fs"

/** Of the package, two folders up from src/cli and dist/cli alike. */
const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
export const version: string = (JSON.parse(text) as { version: string }).version
