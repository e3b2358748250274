/** A Chromium for tests of pages: without a window, with a profile of its own, talking to nothing but 127.0.0.1. */
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { chromium, type Page } from "playwright-core"

export interface Chromium {
  /** "156.0.8078.79" */
  readonly version: string
  /** An empty page in a context of its own: no cookie, storage or cache of another. */
  openPage(): Promise<Page>
  /** Ends it, with all its pages. Safe to call twice. */
  close(): Promise<void>
}

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** $CHROMIUM, else the first that $PATH has. */
const findChromium = (): string | undefined => {
  const { CHROMIUM: chosen = "", PATH: folders = "" } = process.env
  if (chosen !== "") return chosen
  return names.flatMap((name) => folders.split(delimiter).map((folder) => join(folder, name))).find(isProgram)
}

/** Returns  why no Chromium can be run here, undefined when one can */
export const chromiumMissing = (): string | undefined => {
  const path = findChromium()
  if (path === undefined) return "no Chromium is installed (apt install chromium, or name one in CHROMIUM)"
  return isProgram(path) ? undefined : `CHROMIUM names ${path}, which is no program`
}

/**
 * The pages are our own, so it runs without its sandbox, which neither root nor most containers can have. Sound plays without a click
 * on the page, on a beat of its own instead of a device's. Names resolve to nothing, and what it does by itself on the network is off.
 */
const switches = [
  "--autoplay-policy=no-user-gesture-required", "--disable-audio-output",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
  "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-domain-reliability",
  "--disable-sync", "--metrics-recording-only", "--no-first-run", "--no-pings",
]

/** Fails  where chromiumMissing() says why, and when it does not start */
export const startChromium = async (): Promise<Chromium> => {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(chromiumMissing())
  // It writes to its user's home too.
  const home = mkdtempSync(join(tmpdir(), "wifi-party-chromium-"))
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home }
  const removeHome = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  process.once("exit", removeHome)
  const remove = (): void => {
    process.removeListener("exit", removeHome)
    removeHome()
  }
  try {
    const browser = await chromium.launch({ executablePath, args: switches, chromiumSandbox: false, env })
    let closed: Promise<void> | undefined
    return {
      version: browser.version(),
      openPage: () => browser.newPage(),
      close: () => (closed ??= browser.close().finally(remove)),
    }
  } catch (error) {
    remove()
    throw error
  }
}
