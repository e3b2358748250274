/** What a check of `doctor` found. */
export interface Finding {
  readonly check: string
  /** warn: the party runs, but not as well as it could. fail: it does not run. */
  readonly state: "ok" | "warn" | "fail"
  readonly found: string
  /** What to do about it. */
  readonly todo?: string
}

export const ok = (check: string, found: string): Finding => ({ check, state: "ok", found })
export const warn = (check: string, found: string, todo: string): Finding => ({ check, state: "warn", found, todo })
export const fail = (check: string, found: string, todo: string): Finding => ({ check, state: "fail", found, todo })
