import { getHeapStatistics } from "node:v8"
import { beforeAll, describe, expect, it } from "vitest"
import { instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { pushParam, pushStripGain } from "../../../src/runtime/graph/commands.ts"
import { readClock } from "../../../src/runtime/io/clock.ts"
import { buildModule } from "../dsp/kernels.ts"
import { delay, scale, tap } from "./fakes.ts"
import { bus, createNoise, createRig, fillNoise, source, strip } from "./rig.ts"

const BLOCKS = 20_000
const WARM_UP = 5000
const PARTS = 20
const use = (id: string) => ({ use: id, params: {} })

let module: WebAssembly.Module
beforeAll(async () => {
  module = await buildModule()
})

describe("20,000 blocks", () => {
  it("of a busy mix leave next to nothing on the heap", async () => {
    const peers = 16
    const rig = await createRig({
      sources: [source("Ann", 1), source("Song", 2)],
      peers,
      strips: {
        "*": strip({ inserts: [use("scale")], sends: { hall: -6 } }),
        Ann: strip({ gainDb: -3, pan: -0.3, inserts: [use("scale"), use("delay"), use("tap")], sends: { hall: -12 } }),
      },
      buses: { hall: bus({ gainDb: -1, inserts: [use("delay"), use("scale")] }) },
      master: bus({ gainDb: -1, inserts: [use("scale"), use("tap")] }),
    }, { plugins: [scale, delay, tap], dsp: (memory) => instantiateDsp(module, memory), readClock })
    const noise = createNoise(4)
    rig.inputs.flat().forEach((plane) => fillNoise(plane, noise, 0.1))
    const { renderer, taps, inputs } = rig
    const left = inputs.map(([plane]) => plane.byteOffset)
    const right = inputs.map(([, plane]) => plane.byteOffset)
    // Beyond the small integers, as a party's positions are after half a day.
    const first = 2 ** 32
    const record = new Float64Array(6)
    const run = (blockCount: number): void => {
      for (let block = 0; block < blockCount; block++) {
        for (let index = 0; index < left.length; index++) {
          renderer.setInput(index, left[index]!, index % 2 === 0 ? left[index]! : right[index]!, 0)
        }
        if (block % 5 === 0) {
          record[0] = 1
          record[1] = 3
          record[2] = (block % 100) / 100
          renderer.command(record)
          record[0] = 8
          record[1] = 0
          record[2] = 0
          record[3] = 0
          record[4] = (block % 100) / 100
          renderer.command(record)
        }
        renderer.position[0] = first + block * 128
        renderer.render()
        for (let index = 0; index < taps.length; index++) taps[index]!.skipTo(0)
      }
    }
    pushStripGain(rig.commands, 0, 1)
    pushParam(rig.commands, 0, 0, 0, 1)
    rig.render()
    run(WARM_UP)
    // In parts, of which the middle one counts: a part in which somebody else's garbage was collected says nothing.
    const grown = new Float64Array(PARTS)
    for (let part = 0; part < PARTS; part++) {
      const before = getHeapStatistics().used_heap_size
      run(BLOCKS / PARTS)
      grown[part] = getHeapStatistics().used_heap_size - before
    }
    const middle = grown.sort()[PARTS / 2]!
    // A command leaves some 50 bytes, its numbers being boxed at calls; there are two in five blocks. 1 kB is the measuring.
    expect(middle).toBeLessThan((BLOCKS / PARTS) * 20 + 1024)
    expect(middle).toBeGreaterThanOrEqual(0)
    expect(rig.reader.master().broken).toBe(0)
  })
})
