import type { Interest, Notice, Notices, Topic } from '../model/notice.ts'

/** The notices of one server. */
export interface NoticeBoard extends Notices {
  /** Tells a notice to everybody who wants it. */
  publish(notice: Notice): void
  add(topic: Topic): void
  /** Looks again for who watches what is listened to: something to watch has come, gone or been replaced. */
  rewatch(): void
}

type Tell = (notice: Notice) => void

/** Who listens to one topic: by the value of its key, or (undefined) to all of it. */
interface Audience {
  readonly topic: Topic
  readonly listeners: Map<string | undefined, Watched>
}

interface Watched {
  readonly tells: Set<Tell>
  stop: (() => void) | undefined
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

  function join({ topic, listeners }: Audience, key: string | undefined, tell: Tell): () => void {
    let watched = listeners.get(key)
    if (watched === undefined) {
      const stop = key === undefined ? undefined : guarded(() => topic.watch?.(key))
      watched = { tells: new Set(), stop }
      listeners.set(key, watched)
    }
    const own = watched
    own.tells.add(tell)
    return () => {
      if (!own.tells.delete(tell) || own.tells.size > 0) return
      listeners.delete(key)
      if (own.stop !== undefined) guarded(own.stop)
    }
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
      const tells = listeners.get(key)?.tells ?? new Set<Tell>()
      // One that begins to listen meanwhile has missed nothing, and one that has left is told nothing more.
      const now = [...tells]
      for (const tell of now) if (tells.has(tell)) guarded(() => tell(notice))
    },
    listen(interests: readonly Interest[], tell, caller) {
      // Its own function each time: one listener may be here twice.
      const own: Tell = (notice) => {
        if (caller === undefined || notice.concerns?.(caller) !== false) tell(notice)
      }
      const leaves = interests.flatMap(({ topic, keys }) => {
        const audience = byMethod.get(topic.method)
        if (audience === undefined) return []
        const wanted = topic.key === undefined ? [undefined] : [...new Set(keys)]
        return wanted.map((key) => join(audience, key, own))
      })
      return () => {
        for (const leave of leaves) leave()
      }
    },
  }
}
