import type { LastingProgress } from '../../client/extension.ts'
import type { Params } from '../../model/types.ts'

/**
 * What a server says of a task under the token of its call, until the task has ended (2025-11-25, basic/utilities, "Tasks":
 * "Task Progress Notifications"). It may come by several streams: what is overtaken is left out.
 */
export class TaskProgress implements LastingProgress {
  readonly #notify: (method: string, params: Params) => void
  readonly #controller = new AbortController()
  #last = -Infinity
  /** Whether the server tells it so, by the connection of now: what it tells in the status says the same. */
  isHeard = false

  constructor(notify: (method: string, params: Params) => void) {
    this.#notify = notify
  }

  get until(): AbortSignal {
    return this.#controller.signal
  }

  get hear(): LastingProgress['hear'] {
    return (method, params) => {
      if (this.until.aborted) return
      if (method === 'notifications/progress') {
        const { progress } = params
        if (typeof progress === 'number' && progress <= this.#last) return
        if (typeof progress === 'number') this.#last = progress
        this.isHeard = true
      }
      this.#notify(method, params)
    }
  }

  /** The task has ended, or nobody looks after it any more. */
  end(): void {
    this.#controller.abort()
  }
}
