import type { Caller } from '../../model/call.ts'
import type { Listener, Listening, Notice, Notices } from '../../model/notice.ts'
import { SparseMap } from '../../std/sparse-map.ts'

/** What the visits of one session go by. */
export interface VisitsOptions {
  readonly notices: Notices
  /** Past so many the oldest visit is forgotten. */
  readonly max: number
  /** The session. */
  readonly listener: Listener
}

/** The pages that a session's client was sent to, until it is told that the user is done there: it, and nobody else. */
export class Visits {
  readonly #options: VisitsOptions
  /** By page. */
  readonly #awaited = new SparseMap<string, Listening>()

  constructor(options: VisitsOptions) {
    this.#options = options
  }

  /** The client is sent to the page of this id. */
  begin(elicitationId: string, { auth, client }: Caller): void {
    const { notices, max, listener } = this.#options
    const topic = notices.topics().find(({ key }) => key === 'elicitationId')
    if (topic === undefined || this.#awaited.has(elicitationId)) return
    const tell = (notice: Notice): void => {
      listener.tell(notice)
      this.#end(elicitationId)
    }
    const interests = [{ topic, keys: [elicitationId] }]
    this.#awaited.set(elicitationId, notices.listen(interests, { tell }, { auth, client }))
    const [oldest] = this.#awaited.keys()
    if (this.#awaited.size > max && oldest !== undefined) this.#end(oldest)
  }

  /** The client is gone. */
  close(): void {
    for (const elicitationId of this.#awaited.keys()) this.#end(elicitationId)
  }

  #end(elicitationId: string): void {
    this.#awaited.get(elicitationId)?.leave()
    this.#awaited.delete(elicitationId)
  }
}
