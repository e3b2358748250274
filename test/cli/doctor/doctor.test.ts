import { describe, expect, it } from "vitest"
import { checkBuffers, checkMulticast, checkPort, parseRoutes, routeFor } from "../../../src/cli/doctor/network.ts"
import type { Interfaces } from "../../../src/cli/doctor/network.ts"
import { checkSound } from "../../../src/cli/doctor/sound.ts"
import { checkClock, checkCores, checkNode, checkScheduling, checkSpace } from "../../../src/cli/doctor/system.ts"

const routeText = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	0	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
wlan0	000000E0	00000000	0001	0	0	0	000000F0	0	0	0
`
const entry = (address: string, internal = false): NonNullable<Interfaces[string]>[number] =>
  ({ address, netmask: "255.255.255.0", family: "IPv4", mac: "00:00:00:00:00:00", internal, cidr: null })

describe("doctor", () => {
  it("takes the route with the longest mask, as the kernel does", () => {
    const routes = parseRoutes(routeText)
    expect(routes).toHaveLength(3)
    expect(routeFor(routes, "239.255.43.2")?.interface).toBe("wlan0")
    expect(routeFor(routes, "192.168.1.9")?.mask).toBe(0xffffff00)
    expect(routeFor(routes, "8.8.8.8")?.interface).toBe("eth0")
    expect(routeFor([], "8.8.8.8")).toBeUndefined()
  })
  it("warns where multicast has no way out, and says what to do", () => {
    const home = { lo: [entry("127.0.0.1", true)], eth0: [entry("192.168.1.9")] }
    expect(checkMulticast({ lo: [entry("127.0.0.1", true)] }, [])).toMatchObject({ state: "warn" })
    expect(checkMulticast(home, [])).toMatchObject({ state: "warn", todo: expect.stringContaining("ip route add 224.0.0.0/4 dev eth0") })
    expect(checkMulticast(home, parseRoutes(routeText))).toMatchObject({ state: "ok", found: expect.stringContaining("wlan0") })
    expect(checkMulticast(home, undefined)).toMatchObject({ state: "ok" })
  })
  it("accepts the Node versions of package.json and no other", () => {
    expect(["20.19.0", "20.20.2", "22.12.0", "24.0.0", "26.1.0"].map((version) => checkNode(version).state)).toEqual(["ok", "ok", "ok", "ok", "ok"])
    expect(["18.20.0", "20.18.9", "21.9.0", "22.11.0", "23.5.0"].map((version) => checkNode(version).state)).toEqual(["fail", "fail", "fail", "fail", "fail"])
  })
  it("reads the limit of real-time priority", () => {
    const limits = (value: string): string => `Limit                     Soft Limit           Hard Limit           Units\nMax realtime priority     ${value}                    95\n`
    expect(checkScheduling(limits("0"), false).state).toBe("warn")
    expect(checkScheduling(limits("95"), false).state).toBe("ok")
    expect(checkScheduling(limits("unlimited"), false).state).toBe("ok")
    expect(checkScheduling(limits("0"), true).state).toBe("ok")
    expect(checkScheduling(undefined, false).state).toBe("ok")
  })
  it("warns of one core, slow clocks, little space, small buffers and a taken port, each with what to do", () => {
    const findings = [checkCores(1, undefined), checkCores(4, "powersave"), checkClock("hpet"), checkSpace("/tmp", 1e8), checkBuffers(212_992), checkPort(5004, "port 5004 is taken")]
    for (const finding of findings) expect(finding).toMatchObject({ state: "warn", todo: expect.stringMatching(/\w/) })
    const fine = [checkCores(2, undefined), checkClock("tsc"), checkSpace("/tmp", 1e11), checkBuffers(4 << 20), checkPort(5004, undefined)]
    for (const finding of fine) expect(finding.state).toBe("ok")
  })
  it("does not fail for lack of sound, since the virtual clock takes over", () => {
    const findings = checkSound({
      backends: [{ id: "naudiodon", works: false, detail: "not installed", hint: "npm install" }, { id: "pulse", works: true, detail: "PulseAudio 17" }],
      devices: [], chosen: undefined, why: "no device",
    })
    expect(findings.map((finding) => finding.state)).toEqual(["warn", "ok", "warn", "warn", "warn"])
    expect(findings[0]?.todo).toBe("npm install")
  })
})
