/** What a fresh clone needs before it can be built: a Node that is new enough, the packages, on Debian the programs that tests use. */
import { spawn, spawnSync } from "node:child_process"
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { hashFile, readStamp, writeStamp } from "./fresh.mjs"

export const root = join(dirname(fileURLToPath(import.meta.url)), "..")

/** One line on stderr; stdout belongs to the program that is started. */
export const say = (text) => process.stderr.write(`${text}\n`)

/** Why this Node cannot run the program; undefined when it can. Same versions as "engines" in package.json. */
export const nodeFault = (version = process.versions.node) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24) return undefined
  return `Node ${version} cannot run this: it needs 20.19 or newer of 20, 22.12 or newer of 22, or 24 and newer. See https://nodejs.org`
}

/**
 * Runs a program to its end.
 * quiet     keeps what it prints, for the case that it fails
 * Returns   { code, text }
 */
export const run = (command, args, { quiet = false, cwd = root, env = process.env } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit" })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (part) => (text += part))
    child.on("error", (error) => resolve({ code: 127, text: `${command}: ${error.message}\n` }))
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 128), text }))
  })

/** Runs a package's own program with this Node. */
export const runTool = (path, args, options) => run(process.execPath, [join(root, "node_modules", path), ...args], options)

/** npm as it was called, so that no other version answers. */
const npm = (args) =>
  process.env.npm_execpath?.endsWith(".js") ? run(process.execPath, [process.env.npm_execpath, ...args], { quiet: true }) : run("npm", args, { quiet: true })

const installStamp = (folder) => join(folder, "node_modules/.wifi-party-stamp")
const installSignature = (folder) => `${process.platform}-${process.arch}-${hashFile(join(folder, "package-lock.json"))}`

/** Whether node_modules is what package-lock.json says. */
export const isInstalled = (folder = root) => readStamp(installStamp(folder))?.signature === installSignature(folder)

/** Whether naudiodon's native part is there. It is optional. */
export const hasNaudiodon = (folder = root) => existsSync(join(folder, "node_modules/naudiodon/build/Release/naudiodon.node"))

/**
 * Installs the packages when they are missing or other ones than package-lock.json names.
 * Returns  whether it had to
 * Fails    with npm's own words
 */
export const ensureInstalled = async () => {
  if (isInstalled()) return false
  say(existsSync(join(root, "node_modules")) ? "installing (packages have changed)…" : "installing (once, about a minute)…")
  const options = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"]
  let result = await npm(options)
  if (result.code !== 0) {
    // The only package that compiles anything is naudiodon, and it is optional.
    say("npm ci failed, trying without compiling anything…")
    const plain = await npm([...options, "--ignore-scripts"])
    if (plain.code !== 0) throw new Error(`npm ci failed:\n${result.text.trimEnd().split("\n").slice(-25).join("\n")}`)
    result = plain
  }
  if (!hasNaudiodon()) {
    say("naudiodon could not be built here: sound goes through PulseAudio or PipeWire where they run, else nowhere. `npm start -- doctor` says more.")
  }
  writeStamp(installStamp(root), { signature: installSignature(root) })
  return true
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

/** Two starts in one folder must not install or build at the same time: the second waits for the first. */
export const withLock = async (work, path = join(root, ".cache/setup.lock")) => {
  mkdirSync(dirname(path), { recursive: true })
  for (let told = false; ; ) {
    try {
      const file = openSync(path, "wx")
      writeSync(file, String(process.pid))
      closeSync(file)
      break
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    await sleep(150)
    // A pid that is not written yet reads as 0 and is left alone until it is; a lock of the dead is cleared away.
    const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0
    if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true })
    else if (!told) {
      told = true
      say("waiting for another start or build in this folder…")
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Programs that tests talk to, as Debian names them. */
export const debianPackages = [
  "pulseaudio", "pulseaudio-utils", "libasound2-plugins", "libasound2-dev", "ffmpeg", "sox", "flac", "iproute2", "nix-bin",
  "gstreamer1.0-tools", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good",
  "chromium",
]

const succeeds = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0

/** Which of the packages dpkg does not have. */
export const missingDebianPackages = (wanted = debianPackages) => {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f=${Package} ${db:Status-Status}\n", ...wanted], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  const installed = new Set((stdout ?? "").split("\n").filter((line) => line.endsWith(" installed")).map((line) => line.split(" ")[0]))
  return wanted.filter((name) => !installed.has(name))
}

/**
 * Installs the Debian packages that are missing, where that is possible and allowed.
 * Returns  what is still missing, and why
 */
export const ensureDebianPackages = async () => {
  if (!succeeds("dpkg-query", ["--version"]) || !succeeds("apt-get", ["--version"])) return { missing: debianPackages, why: "this is no Debian" }
  const missing = missingDebianPackages()
  if (missing.length === 0) return { missing, why: "" }
  const isRoot = process.getuid?.() === 0
  if (!isRoot && !succeeds("sudo", ["-n", "true"])) return { missing, why: "neither root nor sudo without a password" }
  say(`installing Debian packages: ${missing.join(" ")}…`)
  const apt = (args) => {
    const command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args]
    return isRoot ? run(command[0], command.slice(1), { quiet: true }) : run("sudo", ["-n", ...command], { quiet: true })
  }
  const update = await apt(["update"])
  const install = ["install", "-y", "--no-install-recommends"]
  let result = await apt([...install, ...missing])
  if (result.code !== 0) for (const name of missing) result = await apt([...install, name])
  const left = missingDebianPackages(missing)
  return { missing: left, why: left.length === 0 ? "" : `${update.text}${result.text}`.trim().split("\n").at(-1) ?? "" }
}
