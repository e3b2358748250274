/**
 * How much latency the engine itself adds, from the capture ring to the playback ring over loopback RTP:
 * npm run bench:latency [-- --seconds 60]
 *
 * Three roles in one file's name: the report runs parties in processes of their own, each of which has an observer in a thread.
 */
import { isMainThread } from "node:worker_threads"

if (!isMainThread) await import("./latency/observer.ts")
else if (process.send !== undefined) await import("./latency/party.ts")
else await import("./latency/report.ts")
