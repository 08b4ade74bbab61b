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

/** How a beat is kept. */
export interface BeatOptions {
  /** Whether the timer outlives the last member, up to one interval: cheaper where members come and go. Default: true. */
  readonly lingers?: boolean
}

/** A beat every `intervalMs`. A member hears its first beat between nothing and one interval after it was added. */
export function createBeat(
  runtime: Runtime,
  intervalMs: number,
  { lingers = true }: BeatOptions = {},
): Beat {
  const members = new Set<Beating>()
  let cancel: (() => void) | undefined
  const tick = (): void => {
    for (const member of members) member.beat()
    cancel = members.size > 0 ? runtime.after(intervalMs, tick) : undefined
  }
  return {
    add(member) {
      members.add(member)
      cancel ??= runtime.after(intervalMs, tick)
    },
    remove(member) {
      members.delete(member)
      if (lingers || members.size > 0) return
      cancel?.()
      cancel = undefined
    },
    get size() {
      return members.size
    },
  }
}
