/**
 * The parent's handle on the engine: one party over as many lives of the engine process as it takes. A lost process is
 * forked again with the same preset and with every value that was set since; its recordings go on as new takes.
 */
import { Subject } from "rxjs"
import type { Observable } from "rxjs"
import type { RunOptions } from "../../actors/party/party-api.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"
import { createChatter } from "./chatter.ts"
import { delay, forkEngine } from "./engine-child.ts"
import type { EngineChild, Ending } from "./engine-child.ts"
import { EngineFailed } from "./engine-failed.ts"
import { errorOf } from "./protocol.ts"
import type { Answer, Envelope } from "./protocol.ts"
import { createRemembered } from "./remembered.ts"
import { createRestartPolicy, engineLimits } from "./restart-policy.ts"
import type { RestartLimits } from "./restart-policy.ts"

export interface EngineOptions extends RunOptions {
  /** Each line that the engine process prints. */
  readonly onChatter?: (line: string) => void
  /** For tests: the child's script, the limits of restarts. */
  readonly entry?: URL
  readonly limits?: RestartLimits
}

export interface EngineClient {
  /** Hot; times count from the first start on. Both complete when the party is over. */
  readonly events: Observable<PartyEvent>
  readonly stats: Observable<PartyStats>
  /** Fails  PresetError, ResourceError, PluginError, EngineFailed */
  readonly started: Promise<void>
  /** Resolves when the party is over, by `stop` or by itself. Fails  as `started` */
  readonly finished: Promise<void>
  /** Fails  PresetError */
  set(path: string, value: string | number | boolean): Promise<void>
  sdp(): Promise<readonly string[]>
  /** Clean stop with a deadline. Safe to call twice. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): void
}

const startDeadlineMs = 30_000
const stopDeadlineMs = 5000
const releaseDeadlineMs = 3500
const nowMs = (): number => nowUs() / 1000

const engineEntry = new URL("./engine-process.js", import.meta.url)

export const startEngine = (preset: Preset, options: EngineOptions = {}): EngineClient => {
  const { entry = engineEntry, limits = engineLimits, onChatter, ...run } = options
  const events = new Subject<PartyEvent>()
  const stats = new Subject<PartyStats>()
  const remembered = createRemembered()
  const chatter = createChatter(onChatter)
  const policy = createRestartPolicy(limits)
  /** When the party's first life began, by our clock: its first message tells. */
  let zeroMs: number | undefined
  let sayStarted: () => void = () => undefined
  const firstStart = new Promise<void>((resolve) => { sayStarted = resolve })
  let sayStop: () => void = () => undefined
  const stopAsked = new Promise<void>((resolve) => { sayStop = resolve })
  let child: EngineChild | undefined
  let stopping = false

  const announce = (kind: "engine restarted" | "notice", text: string): void =>
    events.next({ timeMs: zeroMs === undefined ? 0 : Math.round(nowMs() - zeroMs), kind, subject: "engine", text })

  /** Passes on what one life tells, its times moved to where that life stands in the party. */
  const createPass = (): ((message: Envelope) => void) => {
    let offsetMs: number | undefined
    const moved = (timeMs: number): number => {
      zeroMs ??= nowMs() - timeMs
      offsetMs ??= Math.round(nowMs() - timeMs - zeroMs)
      return timeMs + offsetMs
    }
    return (message) => {
      if (message.kind === "event") events.next({ ...message.event, timeMs: moved(message.event.timeMs) })
      if (message.kind === "stats") stats.next({ ...message.stats, timeMs: moved(message.stats.timeMs) })
    }
  }

  /** A call that a dying child cannot leave unanswered. */
  const answered = <A>(life: EngineChild, call: Promise<A>): Promise<A | Ending> => Promise.race([call, life.gone])

  const start = async (life: EngineChild): Promise<Answer | Ending> => {
    const deadline = setTimeout(() => life.kill(`no start within ${startDeadlineMs / 1000} s`), startDeadlineMs)
    const answer = await answered(life, life.control.start(preset, run))
    clearTimeout(deadline)
    if ("how" in answer || answer.trouble !== undefined) return answer
    life.watch()
    await remembered.replay(async (path, value) => {
      const taken = await answered(life, life.control.set(path, value))
      return "how" in taken || taken.trouble === undefined
    })
    return answer
  }

  /** Runs one life to its end. Throws when the very first start is refused. */
  const live = async (round: number): Promise<Ending> => {
    const life = forkEngine(entry, chatter)
    child = life
    life.messages.subscribe(createPass())
    const answer = await start(life)
    if ("how" in answer) return answer
    if (answer.trouble !== undefined) {
      await life.release(releaseDeadlineMs)
      if (round === 0) throw errorOf(answer.trouble)
      return { how: "died", reason: errorOf(answer.trouble).message }
    }
    if (round > 0) announce("engine restarted", "the party goes on; recordings continue as new takes")
    sayStarted()
    return life.gone
  }

  const supervise = async (): Promise<void> => {
    for (let round = 0; ; round += 1) {
      const ending = await live(round)
      if (stopping || ending.how === "ended") return
      const reason = ending.how === "died" ? ending.reason : errorOf(ending.trouble).message
      const waitMs = policy.next(nowMs())
      if (waitMs === undefined) throw new EngineFailed(`the engine was lost ${limits.deaths + 1} times within a minute, the last time by: ${reason}`, chatter.lines())
      announce("notice", `lost (${reason}); starting it again in ${waitMs} ms`)
      await Promise.race([delay(waitMs), stopAsked])
      if (stopping) return
    }
  }

  const finished = supervise().finally(() => {
    events.complete()
    stats.complete()
  })
  const started = Promise.race([firstStart, finished])
  started.catch(() => undefined) // who listens to `finished` alone has heard it there

  return {
    events, stats, started, finished,
    set: async (path, value) => {
      if (child !== undefined) {
        const answer = await answered(child, child.control.set(path, value))
        if (!("how" in answer) && answer.trouble !== undefined) throw errorOf(answer.trouble)
      }
      remembered.note(path, value)
    },
    sdp: async () => {
      const answer = child === undefined ? [] : await answered(child, child.control.sdp())
      return "how" in answer ? [] : answer
    },
    stop: async () => {
      stopping = true
      sayStop()
      const life = child
      if (life !== undefined) {
        await Promise.race([answered(life, life.control.stop()), delay(stopDeadlineMs)])
        await life.release(releaseDeadlineMs)
      }
      await finished.catch(() => undefined)
    },
    kill: () => {
      stopping = true
      sayStop()
      child?.kill("stopped by force")
    },
  }
}
