import { describe, expect, it } from "vitest"
import { createActor, fromCallback, fromTransition, SimulatedClock, type AnyEventObject } from "xstate"
import { supervisedMachine, type SupervisedReport } from "../../../src/actors/supervisor/supervised.machine.ts"
import type { WorkerInput, WorkerOrder, WorkerReport } from "../../../src/actors/supervisor/worker-actor.ts"
import { createThreadWords } from "../../../src/runtime/ring/thread-words.ts"
import type { ThreadMessage } from "../../../src/actors/thread/boot.ts"

/** A thread under supervision whose every life is in the test's hand. */
const supervise = () => {
  const clock = new SimulatedClock()
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const orders: string[] = []
  let lives = 0
  let alive = 0
  let report: ((event: WorkerReport) => void) | undefined
  const worker = fromCallback<WorkerOrder, WorkerInput>(({ sendBack, receive }) => {
    lives++
    alive++
    report = sendBack
    receive((order) => void orders.push(order.type))
    return () => void alive--
  })
  const parent = createActor(fromTransition((told: SupervisedReport[], event: AnyEventObject) => [...told, event as SupervisedReport], []))
  parent.start()
  const thread = createActor(supervisedMachine.provide({ actors: { worker } }), {
    clock,
    input: { entry: "none", name: "mixer", urgent: false, words: createThreadWords(memory, 0), boot: () => ({}), parent, nowMs: () => clock.now() },
  })
  thread.start()
  let told = 0
  const say = (message: ThreadMessage): void => report?.({ type: "WORKER.SAID", message })
  return {
    clock, thread, orders,
    lives: () => lives,
    alive: () => alive,
    say,
    reach: (...states: readonly string[]) => states.forEach((state) => say({ kind: "state", state })),
    die: (reason = "exit code 3") => report?.({ type: "WORKER.GONE", reason }),
    fail: (fault: "resource" | "plugin" | "bug", message = "it broke") => {
      say({ kind: "failed", fault, message, hint: "mend it" })
      report?.({ type: "WORKER.GONE", reason: "exit code 1" })
    },
    /** What the supervisor was told since last asked. */
    news: () => {
      const all = parent.getSnapshot().context
      const fresh = all.slice(told)
      told = all.length
      return fresh
    },
    isOver: () => thread.getSnapshot().status === "done",
  }
}

type Supervised = ReturnType<typeof supervise>

/** Ms until its next life begins. */
const pauseOf = ({ clock, lives }: Supervised): number => {
  const before = lives()
  for (let ms = 0; ms <= 5000; ms++) {
    if (lives() > before) return ms
    clock.increment(1)
  }
  return Infinity
}

describe("a thread that lives", () => {
  it("is sent off when it is ready, whichever comes first", () => {
    const early = supervise()
    early.thread.send({ type: "GO" })
    expect(early.orders).toEqual([])
    early.reach("ready")
    expect(early.orders).toEqual(["GO"])
    const late = supervise()
    late.reach("ready")
    expect(late.orders).toEqual([])
    late.thread.send({ type: "GO" })
    expect(late.orders).toEqual(["GO"])
  })

  it("passes on what it says, and what it is told", () => {
    const { news, say, reach, thread, orders } = supervise()
    say({ kind: "online", osThread: 4711 })
    reach("ready", "running")
    say({ kind: "said", what: { name: "Ann" } })
    thread.send({ type: "TELL", message: 1 })
    thread.send({ type: "REPORT" })
    expect(thread.getSnapshot().context.osThread).toBe(4711)
    expect(news()).toEqual([
      { type: "THREAD.STATE", id: "mixer", state: "ready" }, { type: "THREAD.STATE", id: "mixer", state: "running" },
      { type: "THREAD.SAID", id: "mixer", what: { name: "Ann" } },
    ])
    expect(orders).toEqual(["TELL", "REPORT"])
  })

  it("is killed when it hangs", () => {
    const { thread, orders } = supervise()
    thread.send({ type: "HUNG" })
    expect(orders).toEqual(["KILL"])
  })
})

describe("a thread that dies", () => {
  it("is replaced after 10 ms, sent off when it is ready, and told as back when it runs", () => {
    const own = supervise()
    own.thread.send({ type: "GO" })
    own.reach("ready", "running")
    own.news()
    own.clock.increment(1000)
    own.die("asked to throw")
    expect(own.news()).toEqual([{ type: "THREAD.DIED", id: "mixer", reason: "asked to throw", restarts: 1 }])
    expect([pauseOf(own), own.alive()]).toEqual([10, 1])
    own.clock.increment(90)
    own.reach("ready")
    expect(own.orders).toEqual(["GO", "GO"])
    own.clock.increment(5)
    own.reach("running")
    expect(own.news().at(-1)).toEqual({ type: "THREAD.BACK", id: "mixer", afterMs: 105 })
    // Once only.
    own.reach("running")
    expect(own.news().filter(({ type }) => type === "THREAD.BACK")).toEqual([])
  })

  it("is replaced after a pause that grows fourfold, up to 2 s, and is given up at the eighth death", () => {
    const own = supervise()
    const pauses = Array.from({ length: 7 }, () => {
      own.die()
      return pauseOf(own)
    })
    expect(pauses).toEqual([10, 40, 160, 640, 2000, 2000, 2000])
    expect(own.news().filter(({ type }) => type === "THREAD.FAILED")).toEqual([])
    own.die()
    expect(own.thread.getSnapshot().value).toBe("failed")
    expect(own.news().slice(-2)).toEqual([
      { type: "THREAD.DIED", id: "mixer", reason: "exit code 3", restarts: 8 },
      { type: "THREAD.FAILED", id: "mixer", failure: { kind: "failed", fault: "bug", message: "died 8 times", hint: "" } },
    ])
    expect([pauseOf(own), own.lives(), own.alive()]).toEqual([Infinity, 8, 0])
  })

  it("is given up with what it said last", () => {
    const own = supervise()
    for (let death = 1; death < 8; death++) {
      own.fail("bug", `fault ${death}`)
      pauseOf(own)
    }
    own.fail("bug", "fault 8")
    expect(own.news().at(-1)).toMatchObject({ type: "THREAD.FAILED", failure: { message: "fault 8" } })
  })

  it("now and then only, less than 8 times in 20 s, is replaced for ever", () => {
    const own = supervise()
    for (let death = 0; death < 100; death++) {
      own.die()
      expect(pauseOf(own)).toBeLessThanOrEqual(2000)
      own.clock.increment(2900)
    }
    expect(own.lives()).toBe(101)
    // And after a calm the pause is short again.
    own.clock.increment(20_001)
    own.die()
    expect(pauseOf(own)).toBe(10)
  })

  it("while the party begins is sent off with the others, though it was away when they were", () => {
    const own = supervise()
    own.die()
    own.thread.send({ type: "GO" })
    pauseOf(own)
    own.reach("ready")
    expect(own.orders).toEqual(["GO"])
  })

  it("by a bug says so as its reason, once: its next death has its own", () => {
    const own = supervise()
    own.fail("bug", "cannot read x of undefined")
    pauseOf(own)
    own.die("exit code 9")
    expect(own.news().map((event) => ("reason" in event ? event.reason : undefined))).toEqual(["cannot read x of undefined", "exit code 9"])
  })
})

describe("a thread that cannot run", () => {
  it.each(["resource", "plugin"] as const)("because of a %s is not tried again", (fault) => {
    const own = supervise()
    own.fail(fault, "port 5004 is taken")
    expect(own.thread.getSnapshot().value).toBe("failed")
    expect(own.news()).toEqual([
      { type: "THREAD.DIED", id: "mixer", reason: "port 5004 is taken", restarts: 1 },
      { type: "THREAD.FAILED", id: "mixer", failure: { kind: "failed", fault, message: "port 5004 is taken", hint: "mend it" } },
    ])
    expect([pauseOf(own), own.lives()]).toEqual([Infinity, 1])
  })
})

describe("STOP ends it", () => {
  const lifetimes: readonly (readonly [string, (own: Supervised) => void])[] = [
    ["loading", () => {}],
    ["ready", ({ reach }) => reach("ready")],
    ["running", ({ reach }) => reach("ready", "running")],
    ["in its second life", (own) => {
      own.die()
      pauseOf(own)
      own.reach("ready")
    }],
  ]

  it.each(lifetimes)("while it is %s: it is asked, and when it is gone that is told", (_, live) => {
    const own = supervise()
    live(own)
    own.thread.send({ type: "STOP" })
    expect(own.orders.at(-1)).toBe("STOP")
    expect(own.isOver()).toBe(false)
    own.news()
    own.die("exit code 0")
    expect([own.isOver(), own.alive(), own.news()]).toEqual([true, 0, [{ type: "THREAD.STOPPED", id: "mixer" }]])
    expect(pauseOf(own)).toBe(Infinity)
  })

  it("while it is draining: what it still says is heard", () => {
    const own = supervise()
    own.thread.send({ type: "STOP" })
    own.say({ kind: "said", what: "the last word" })
    expect(own.news()).toEqual([{ type: "THREAD.SAID", id: "mixer", what: "the last word" }])
  })

  it("when it does not answer: it is killed after four seconds", () => {
    const own = supervise()
    own.thread.send({ type: "STOP" })
    own.clock.increment(3999)
    expect(own.orders).toEqual(["STOP"])
    own.clock.increment(1)
    expect(own.orders).toEqual(["STOP", "KILL"])
    own.die("it did not answer")
    expect(own.isOver()).toBe(true)
  })

  it("when it fails while it ends: no new life", () => {
    const own = supervise()
    own.thread.send({ type: "STOP" })
    own.fail("bug")
    expect([own.isOver(), own.lives()]).toEqual([true, 1])
  })

  it("while it pauses, and after it was given up", () => {
    const pausing = supervise()
    pausing.die()
    pausing.thread.send({ type: "STOP" })
    expect([pausing.isOver(), pauseOf(pausing), pausing.lives()]).toEqual([true, Infinity, 1])
    const failed = supervise()
    failed.fail("resource")
    failed.thread.send({ type: "STOP" })
    expect([failed.isOver(), failed.news().at(-1)]).toEqual([true, { type: "THREAD.STOPPED", id: "mixer" }])
  })

  it("asked twice, once", () => {
    const own = supervise()
    own.thread.send({ type: "STOP" })
    own.thread.send({ type: "STOP" })
    expect(own.orders).toEqual(["STOP"])
  })
})
