/** npm start in a folder of its own, with a program that tells what it was given. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { loadScript } from "./load.ts"
import { repositoryRoot } from "./source-text.ts"

interface Step { readonly name: string; readonly inputs: readonly string[]; readonly outputs: readonly string[]; readonly keep?: (path: string) => boolean }
interface Fresh {
  listFiles(root: string, paths: readonly string[], keep?: (path: string) => boolean): readonly unknown[]
  stampOf(files: readonly unknown[]): unknown
  hashFile(path: string): string
}

const program = `
const [what, code] = process.argv.slice(2)
const tell = () => process.stdout.write(process.argv.slice(2).join(" ") + "\\n")
if (what !== "wait") {
  tell()
  process.exit(Number(code ?? 0) || 0)
} else {
  process.on("SIGINT", () => { process.stdout.write("interrupted\\n"); setTimeout(() => process.exit(0), 50) })
  setInterval(() => undefined, 1000)
  tell()
}
`
let root = ""
const put = (path: string, text: string): void => {
  mkdirSync(join(root, path, ".."), { recursive: true })
  writeFileSync(join(root, path), text)
}
const startPath = (): string => join(root, "scripts/start.mjs")

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "wifi-party-start-"))
  cpSync(join(repositoryRoot, "scripts"), join(root, "scripts"), { recursive: true })
  put("package-lock.json", "{}")
  put("src/index.ts", "")
  const { listFiles, stampOf, hashFile } = await loadScript<Fresh>("fresh.mjs")
  const { steps } = (await import(pathToFileURL(join(root, "scripts/build.mjs")).href)) as { readonly steps: readonly Step[] }
  for (const step of steps) for (const output of step.outputs) put(output, output === "dist/cli/main.js" ? program : "")
  put("dist/.built.json", JSON.stringify(Object.fromEntries(steps.map((step) => [step.name, stampOf(listFiles(root, step.inputs, step.keep))]))))
  const signature = `${process.platform}-${process.arch}-${hashFile(join(root, "package-lock.json"))}`
  put("node_modules/.wifi-party-stamp", JSON.stringify({ signature }))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("npm start, when all is up to date", () => {
  test("says nothing, hands over the arguments and the exit code", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [startPath(), "exit", "7"], { encoding: "utf8" })
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "exit 7\n", stderr: "" })
  })

  test("without arguments runs the demo", () => {
    expect(spawnSync(process.execPath, [startPath()], { encoding: "utf8" }).stdout).toBe(`run ${join(root, "examples/demo.yaml")}\n`)
  })

  const startWaiting = async (): Promise<{ child: ChildProcess; text: () => string }> => {
    const child = spawn(process.execPath, [startPath(), "wait"], { stdio: ["ignore", "pipe", "inherit"] })
    let text = ""
    child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part))
    await once(child.stdout ?? child, "data")
    return { child, text: () => text }
  }

  test("passes an interrupt on, once, and ends as the program ends", async () => {
    const { child, text } = await startWaiting()
    child.kill("SIGINT")
    child.kill("SIGINT")
    const [code] = (await once(child, "close")) as [number | null]
    expect(code).toBe(0)
    expect(text()).toBe("wait\ninterrupted\n")
  })

  test("passes a termination on, and ends by it too", async () => {
    const { child } = await startWaiting()
    child.kill("SIGTERM")
    const [code, signal] = (await once(child, "close")) as [number | null, string | null]
    expect([code, signal]).toEqual([null, "SIGTERM"])
  })
})

test("npm run build says what is missing in a bare clone", () => {
  const bare = mkdtempSync(join(tmpdir(), "wifi-party-bare-"))
  try {
    cpSync(join(repositoryRoot, "scripts"), join(bare, "scripts"), { recursive: true })
    const { status, stderr } = spawnSync(process.execPath, [join(bare, "scripts/build.mjs")], { encoding: "utf8" })
    expect(status).toBe(1)
    expect(stderr).toContain("the packages are missing: run `npm ci` first, or `npm start`")
  } finally {
    rmSync(bare, { recursive: true, force: true })
  }
})
