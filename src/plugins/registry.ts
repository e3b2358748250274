/** All plugins of the house, each loaded when it is first asked for. A new one needs its line here and nothing else. */
import { PluginError } from "../runtime/errors.ts"
import type { PluginManifest, PluginModule } from "../runtime/graph/plugin.ts"

type Loader = () => Promise<{ readonly default: PluginModule }>

const plugins: Readonly<Record<string, Loader>> = {
  gain: () => import("./gain/gain.ts"),
  echo: () => import("./echo/echo.ts"),
  reverb: () => import("./reverb/reverb.ts"),
  limiter: () => import("./limiter/limiter.ts"),
  recorder: () => import("./recorder/recorder.ts"),
}

/** The words that may follow `use:`. */
export const pluginIds: readonly string[] = Object.keys(plugins)

/** Fails  PluginError for an id that is not in the table */
export const loadPlugin = async (id: string): Promise<PluginModule> => {
  const load = Object.hasOwn(plugins, id) ? plugins[id] : undefined
  if (load === undefined) throw new PluginError(id, `there is no plugin "${id}"; there are: ${pluginIds.join(", ")}`)
  return (await load()).default
}

/** All manifests, in the table's order. */
export const manifests = async (): Promise<readonly PluginManifest[]> =>
  Promise.all(pluginIds.map(async (id) => (await loadPlugin(id)).manifest))
