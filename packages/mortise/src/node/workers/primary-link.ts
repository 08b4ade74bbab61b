import type { ToldNotice } from '../../server/sharing.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { readFromPrimary, wrap } from './messages.ts'
import type { FromWorker, Place, StoreUse } from './messages.ts'

/** A worker's end of the channel to its primary. */
export interface PrimaryLink {
  /** Asks for a place; resolves with it. */
  join(): Promise<Place>
  say(message: FromWorker): void
  /** Kept by the primary, for all workers: lost when that ends. */
  readonly store: KeyValueStore
  /** Hears what other workers tell. */
  onNotice: (notice: ToldNotice) => void
  /** Hears that the primary wants this worker to end. */
  onClose: () => void
}

/** Begins to listen to the primary. A worker without one is ended by Node. */
export function createPrimaryLink(): PrimaryLink {
  const answers = new Map<number, (value: string | boolean | undefined) => void>()
  let lastId = 0
  let onPlace = (_place: Place): void => {}

  const self: PrimaryLink = {
    join: () =>
      new Promise((resolve) => {
        onPlace = resolve
        say({ kind: 'join' })
      }),
    say,
    store: {
      get: async (key) => (await use({ use: 'get', key })) as string | undefined,
      swap: async (key, change) => (await use({ use: 'swap', key, change })) === true,
      delete: async (key) => void (await use({ use: 'delete', key })),
    },
    onNotice: () => {},
    onClose: () => {},
  }

  function say(message: FromWorker): void {
    // What cannot be sent any more is nobody's: without its primary this process ends.
    if (process.connected) process.send?.(wrap(message), undefined, undefined, () => {})
  }

  function use(what: StoreUse): Promise<string | boolean | undefined> {
    return new Promise((resolve) => {
      const id = (lastId += 1)
      answers.set(id, resolve)
      say({ kind: 'store', id, ...what })
    })
  }

  process.on('message', (sent) => {
    const message = readFromPrimary(sent)
    if (message === undefined) return
    if (message.kind === 'place') onPlace(message)
    else if (message.kind === 'notice') self.onNotice(message.notice)
    else if (message.kind === 'close') self.onClose()
    else {
      answers.get(message.id)?.(message.value)
      answers.delete(message.id)
    }
  })
  return self
}
