import { describe, expect, it } from "vitest"
import { loadPlugin, manifests, pluginIds } from "../../src/plugins/registry.ts"
import { describePluginContract } from "../helpers/plugin-suite.ts"

for (const id of pluginIds) describePluginContract(await loadPlugin(id))

describe("the registry", () => {
  it("gives every manifest under its own id", async () => {
    expect((await manifests()).map(({ id }) => id)).toEqual(pluginIds)
  })

  it("names the plugins that there are when asked for another", async () => {
    await expect(loadPlugin("reverv")).rejects.toThrow("gain, echo, reverb, limiter, recorder")
    await expect(loadPlugin("toString")).rejects.toThrow("there is no plugin")
  })
})
