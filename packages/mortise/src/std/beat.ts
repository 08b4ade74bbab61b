import type { Runtime } from './runtime.ts'

/** Something that wants to be called at every beat while it is in. */
export interface Beating {
  beat(): void
}

/** One timer for any number of streams and sessions; it runs only while something is in. */
export interface Beat {
  add(member: Beating): void
  /** Takes a member out; one that is not in is ignored. */
  remove(member: Beating): void
  readonly size: number
}

/** A beat every `intervalMs`. A member hears its first beat between nothing and one interval after it was added. */
export function createBeat(runtime: Runtime, intervalMs: number): Beat {
  const members = new Set<Beating>()
  let running = false
  const tick = (): void => {
    for (const member of members) member.beat()
    running = members.size > 0
    if (running) runtime.after(intervalMs, tick)
  }
  return {
    add(member) {
      members.add(member)
      if (running) return
      running = true
      runtime.after(intervalMs, tick)
    },
    remove: (member) => void members.delete(member),
    get size() {
      return members.size
    },
  }
}
