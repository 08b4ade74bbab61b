import type { Caller } from '../model/call.ts'
import type { Listener, Listening, Notice, Notices, Topic } from '../model/notice.ts'

/** The notices of one server. */
export interface NoticeBoard extends Notices {
  /** Tells a notice to everybody who wants it. */
  publish(notice: Notice): void
  add(topic: Topic): void
  /** Looks again for who watches what is listened to: something to watch has come, gone or been replaced. */
  rewatch(): void
}

/** Who listens to one topic: by the value of its key, or (undefined) to all of it. */
interface Audience {
  readonly topic: Topic
  readonly listeners: Map<string | undefined, Watched>
}

/** Who listens to one value of it. */
interface Watched {
  readonly ears: Set<Ear>
  stop: (() => void) | undefined
  /** The last one has left. */
  forget(): void
}

/** One who listens: its own each time, since one listener may be here twice. */
class Ear implements Listening {
  readonly #listener: Listener
  readonly #caller: Caller | undefined
  /** Where it listens. */
  places: readonly Watched[] = []

  constructor(listener: Listener, caller: Caller | undefined) {
    this.#listener = listener
    this.#caller = caller
  }

  hear(notice: Notice): void {
    const concerned = this.#caller === undefined || notice.concerns?.(this.#caller) !== false
    if (concerned) this.#listener.tell(notice)
  }

  leave(): void {
    for (const { ears, forget } of this.places) if (ears.delete(this) && ears.size === 0) forget()
  }
}

/** A board without topics. `report` hears what a listener, or whoever watches for changes, throws. */
export function createNoticeBoard(report: (error: unknown) => void): NoticeBoard {
  const byMethod = new Map<string, Audience>()
  let isLookedAt = false

  function guarded<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      report(error)
      return undefined
    }
  }

  function join(audience: Audience, key: string | undefined, ear: Ear): Watched {
    const watched = audience.listeners.get(key) ?? watch(audience, key)
    watched.ears.add(ear)
    return watched
  }

  function watch({ topic, listeners }: Audience, key: string | undefined): Watched {
    const watched: Watched = {
      ears: new Set(),
      stop: key === undefined ? undefined : guarded(() => topic.watch?.(key)),
      forget() {
        listeners.delete(key)
        if (watched.stop !== undefined) guarded(watched.stop)
      },
    }
    listeners.set(key, watched)
    return watched
  }

  function watchAnew({ topic, listeners }: Audience): void {
    if (topic.watch === undefined) return
    for (const [key, watched] of listeners) {
      if (key === undefined) continue
      const before = watched.stop
      watched.stop = guarded(() => topic.watch?.(key))
      if (before !== undefined) guarded(before)
    }
  }

  return {
    rewatch() {
      if (isLookedAt) return
      // Once for all that is registered in one go.
      isLookedAt = true
      queueMicrotask(() => {
        isLookedAt = false
        for (const audience of byMethod.values()) watchAnew(audience)
      })
    },
    add(topic) {
      byMethod.set(topic.method, { topic, listeners: new Map() })
    },
    topics: () =>
      [...byMethod.values()].map(({ topic }) => topic).filter((topic) => topic.offered()),
    publish(notice) {
      const audience = byMethod.get(notice.method)
      if (audience === undefined) return
      const { topic, listeners } = audience
      const key = topic.key === undefined ? undefined : (notice.params[topic.key] as string)
      const ears = listeners.get(key)?.ears ?? new Set<Ear>()
      // One that begins to listen meanwhile has missed nothing, and one that has left is told nothing more.
      const now = [...ears]
      for (const ear of now) if (ears.has(ear)) guarded(() => ear.hear(notice))
    },
    listen(interests, listener, caller) {
      const ear = new Ear(listener, caller)
      const places = interests.flatMap(({ topic, keys }) => {
        const audience = byMethod.get(topic.method)
        if (audience === undefined) return []
        const wanted = topic.key === undefined ? [undefined] : [...new Set(keys)]
        return wanted.map((key) => join(audience, key, ear))
      })
      ear.places = [...places] // a copy has no room to grow: there are as many as there are sessions
      return ear
    },
  }
}
