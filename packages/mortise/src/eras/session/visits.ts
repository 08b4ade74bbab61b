import type { Caller } from '../../model/call.ts'
import type { Notice, Notices } from '../../model/notice.ts'

/** What the visits of one session go by. */
export interface VisitsOptions {
  readonly notices: Notices
  /** Past so many the oldest visit is forgotten. */
  readonly max: number
  /** Tells the client of this session. */
  readonly tell: (notice: Notice) => void
}

/** The pages that a session's client was sent to, until it is told that the user is done there: it, and nobody else. */
export class Visits {
  readonly #options: VisitsOptions
  /** What leaves the audience of each page. */
  readonly #leaves = new Map<string, () => void>()

  constructor(options: VisitsOptions) {
    this.#options = options
  }

  /** The client is sent to the page of this id, if it is one. */
  begin(elicitationId: unknown, { auth, client }: Caller): void {
    const { notices, max, tell } = this.#options
    const topic = notices.topics().find(({ key }) => key === 'elicitationId')
    if (topic === undefined || typeof elicitationId !== 'string') return
    if (this.#leaves.has(elicitationId)) return
    const told = (notice: Notice): void => {
      tell(notice)
      this.#end(elicitationId)
    }
    const interests = [{ topic, keys: [elicitationId] }]
    this.#leaves.set(elicitationId, notices.listen(interests, told, { auth, client }))
    const [oldest] = this.#leaves.keys()
    if (this.#leaves.size > max && oldest !== undefined) this.#end(oldest)
  }

  /** The client is gone. */
  close(): void {
    for (const elicitationId of this.#leaves.keys()) this.#end(elicitationId)
  }

  #end(elicitationId: string): void {
    this.#leaves.get(elicitationId)?.()
    this.#leaves.delete(elicitationId)
  }
}
