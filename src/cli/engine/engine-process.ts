/**
 * The engine's own process: runs one party for the command line and tells what happens. It ends with its party, and with
 * its parent: when the channel closes it finishes recordings and goes.
 * What sound libraries print here goes into pipes that the parent reads; it never reaches the screen.
 */
import { expose } from "comlink"
import type { Party } from "../../actors/party/party-api.ts"
import { assert } from "../../runtime/errors.ts"
import { ipcEndpoint, tell } from "./endpoint.ts"
import type { EngineControl } from "./protocol.ts"
import { troubleOf } from "./protocol.ts"

/** What a clean stop may take when nobody waits for it any more. */
const orphanStopMs = 3000

let starting: Promise<Party> | undefined
let stopping = false

const quit = (code: number): void => {
  if (process.connected) process.disconnect()
  process.exit(code)
}

const stopParty = async (): Promise<void> => {
  stopping = true
  const party = await starting?.catch(() => undefined)
  await party?.stop()
}

const follow = (running: Party): void => {
  running.events.subscribe((event) => tell(process, { kind: "event", event }))
  running.stats.subscribe((stats) => tell(process, { kind: "stats", stats }))
  running.finished.then(
    () => { if (!stopping) process.send?.({ kind: "ended" }, () => quit(0)) },
    (error: unknown) => { process.send?.({ kind: "ended", trouble: troubleOf(error) }, () => quit(1)) },
  )
}

const control: EngineControl = {
  start: async (preset, options) => {
    assert(starting === undefined, "an engine process runs one party")
    starting = import("../../index.ts").then(({ runParty }) => runParty(preset, options))
    try {
      follow(await starting)
      return {}
    } catch (error) {
      return { trouble: troubleOf(error) }
    }
  },
  set: async (path, value) => {
    try {
      (await starting)?.set(path, value)
      return {}
    } catch (error) {
      return { trouble: troubleOf(error) }
    }
  },
  sdp: async () => (await starting)?.sdp() ?? [],
  stop: stopParty,
}

const leave = (): void => {
  setTimeout(() => process.exit(0), orphanStopMs).unref()
  stopParty().then(() => process.exit(0), () => process.exit(1))
}

process.on("disconnect", leave)
process.on("SIGTERM", leave)
process.on("SIGINT", () => undefined) // the parent decides
process.on("SIGHUP", () => undefined)
// The pipes close before the channel when the parent is killed; a late print must not end a recording.
process.stdout.on("error", () => undefined)
process.stderr.on("error", () => undefined)
expose(control, ipcEndpoint(process))
