/**
 * npm run bench:NAME, or node scripts/bench.mjs NAME [ARGS]: builds what is stale, compiles bench/ and runs bench/NAME.bench.ts.
 *
 * A bench imports `../src/x.ts`; beside its compiled form `src` is a link to dist. So it shares every module instance with the
 * workers, which always start from dist.
 */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { prepare } from "./build.mjs"
import { handOver } from "./program.mjs"
import { root, runTool, say } from "./setup.mjs"

const [name = "", ...args] = process.argv.slice(2)
const out = join(root, ".cache/bench")

const fail = (text) => {
  say(text)
  process.exit(1)
}

const files = readdirSync(join(root, "bench")).filter((file) => file.endsWith(".ts"))
const nameOf = (file) => file.replace(/(\.bench)?\.ts$/, "")
const file = files.find((candidate) => nameOf(candidate) === name)
if (file === undefined) fail(`there is no bench "${name}"; there are: ${files.map(nameOf).join(", ")}`)
try {
  await prepare()
} catch (error) {
  fail(error.message)
}
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
symlinkSync(join(root, "dist"), join(out, "src"), process.platform === "win32" ? "junction" : "dir")
// Types are checked by `npm test`; here only the types are taken off, file by file.
const { code, text } = await runTool("typescript/bin/tsc", ["-p", "bench/tsconfig.json"], { quiet: true })
if (code !== 0) fail(text)

handOver([join(out, "bench", file.replace(/\.ts$/, ".js")), ...args])
