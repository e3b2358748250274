/** The few file calls that a recording needs, so that a test can run out of disk. Synchronous: for threads that may block. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs"

export interface Disk {
  /** create: empties what is there. Else the file must exist. Fails: Node's errors, all of them. */
  open(path: string, create: boolean): number
  /** Returns  bytes read, fewer only at the file's end */
  read(file: number, bytes: Uint8Array, at: number): number
  /** Returns  bytes written, perhaps fewer than asked */
  write(file: number, bytes: Uint8Array, length: number, at: number): number
  truncate(file: number, bytes: number): void
  /** linked: some folder still names it. */
  stat(file: number): { readonly bytes: number; readonly linked: boolean }
  close(file: number): void
}

export const nodeDisk: Disk = {
  open: (path, create) => openSync(path, create ? "w+" : "r+"),
  read: (file, bytes, at) => readSync(file, bytes, 0, bytes.length, at),
  write: (file, bytes, length, at) => writeSync(file, bytes, 0, length, at),
  truncate: (file, bytes) => ftruncateSync(file, bytes),
  stat(file) {
    const { size, nlink } = fstatSync(file)
    return { bytes: size, linked: nlink > 0 }
  },
  close: (file) => closeSync(file),
}
