import { findCompiled } from './families.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'
import type { Params, Result } from '../../model/types.ts'
import { LimitError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { keyOf, lists, nameOf } from '../kinds.ts'
import type { Kind, ListFacts, Named, Offered } from '../kinds.ts'

/** What a catalog is made of. */
export interface CatalogOptions {
  readonly limits: Limits
  readonly runtime: Runtime
  /** What the upstream declares at the moment. */
  readonly capabilities: () => ServerCapabilities
  readonly isConnected: () => boolean
  /** Reads one page of a list. */
  readonly page: (method: string, params: Params) => Promise<Result>
}

/** What an upstream offers, by name: read when it is first asked about, and again when it may be different. */
export interface Catalog {
  /**
   * What a call names. What was there when its list was read last is found at once, since its call will tell if it is gone.
   * @throws whatever a list could not be read for that was never read before; LimitError `maxUpstreamItems` when it may stand
   *   past the limit.
   */
  find(call: Named): Offered | undefined | Promise<Offered | undefined>
  /** An item of a list, as far as that has been read. */
  known(method: string, name: unknown): Params | undefined
  /** A list has changed: `tools`, `resources` or `prompts`. */
  stale(list: string): void
}

/** How long a list of an upstream that does not tell changes is taken for what it was. */
const unheardMs = 60_000

interface Shelf {
  readonly method: string
  readonly facts: ListFacts
  items: ReadonlyMap<string, Params> | undefined
  /** Whether there was more than is kept. */
  isCut: boolean
  /** By the monotonic clock; undefined when it may be different by now. */
  readMs: number | undefined
  reading: Promise<void> | undefined
}

/** Nothing is known yet. */
export function createCatalog(options: CatalogOptions): Catalog {
  const { limits, runtime } = options
  const shelves = [...lists].map(([method, facts]): Shelf => ({
    method,
    facts,
    items: undefined,
    isCut: false,
    readMs: undefined,
    reading: undefined,
  }))

  function isFresh({ facts, items, readMs }: Shelf): boolean {
    if (items === undefined || readMs === undefined) return false
    const { listChanged } = capabilityOf(facts.kind)
    return listChanged === true || runtime.monotonic() - readMs < unheardMs
  }

  function capabilityOf(kind: Kind): { readonly listChanged?: unknown } {
    const { tools, resources, prompts } = options.capabilities()
    return (
      { tool: tools, resource: resources, resourceTemplate: resources, prompt: prompts }[kind] ?? {}
    )
  }

  async function read(shelf: Shelf): Promise<void> {
    const items = new Map<string, Params>()
    const { member, kind, key } = shelf.facts
    shelf.readMs = runtime.monotonic() // what changes while it is read makes it stale again
    let params: Params | undefined = {}
    for (let count = 0; params !== undefined && count < limits.maxPages; count++) {
      const page = await options.page(shelf.method, params)
      const listed: unknown = page[member]
      for (const item of Array.isArray(listed) ? listed : []) {
        if (isItem(kind, item)) items.set(item[key] as string, item)
      }
      const { nextCursor } = page
      params = typeof nextCursor === 'string' ? { cursor: nextCursor } : undefined
      if (items.size > limits.maxUpstreamItems) break
    }
    shelf.items = new Map([...items].slice(0, limits.maxUpstreamItems))
    shelf.isCut = params !== undefined || items.size > limits.maxUpstreamItems
  }

  /** Reads a list, once for all who want to know. */
  function refresh(shelf: Shelf): Promise<void> {
    shelf.reading ??= read(shelf)
      .catch((error: unknown) => {
        shelf.readMs = undefined
        throw error
      })
      .finally(() => (shelf.reading = undefined))
    return shelf.reading
  }

  function shelfOf(kind: Kind): Shelf {
    return shelves.find(({ facts }) => facts.kind === kind) as Shelf // there is one for each kind
  }

  /** An item that `pick` finds, in what is known or, if that may have changed, in what is read anew. */
  function look(
    kind: Kind,
    pick: (items: ReadonlyMap<string, Params>) => Params | undefined,
  ): Params | undefined | Promise<Params | undefined> {
    const shelf = shelfOf(kind)
    if (options.capabilities()[capability[kind]] === undefined) return undefined
    const item = shelf.items && pick(shelf.items)
    if (item !== undefined) return item
    const missing = (): undefined => {
      if (!shelf.isCut) return undefined
      const text = `the upstream lists more than ${limits.maxUpstreamItems}: what else it has is not known`
      throw new LimitError('maxUpstreamItems', text)
    }
    if (isFresh(shelf)) return missing()
    // One that is gone is taken for what it was: nobody else's names wait for it.
    if (shelf.items !== undefined && !options.isConnected()) return missing()
    return refresh(shelf).then(() => pick(shelf.items as ReadonlyMap<string, Params>) ?? missing())
  }

  function offered(kind: Kind, item: Params | undefined): Offered | undefined {
    return item && ({ kind, item } as unknown as Offered) // of the list of this kind
  }

  async function findRead(uri: string): Promise<Offered | undefined> {
    const own = await look('resource', (items) => items.get(uri))
    if (own !== undefined) return offered('resource', own)
    return offered(
      'resourceTemplate',
      await look('resourceTemplate', (all) => findCompiled(all, uri)),
    )
  }

  return {
    find(call) {
      const { kind, name } = nameOf(call) ?? {}
      if (kind === undefined || typeof name !== 'string') return undefined
      if (kind === 'resource') return findRead(name)
      const item = look(kind, (items) => items.get(name))
      return item instanceof Promise ? item.then((one) => offered(kind, one)) : offered(kind, item)
    },
    known(method, name) {
      const shelf = shelves.find((one) => one.method === method)
      return typeof name === 'string' ? shelf?.items?.get(name) : undefined
    },
    stale(list) {
      for (const shelf of shelves) {
        if (shelf.method.startsWith(`${list}/`)) shelf.readMs = undefined
      }
    },
  }
}

const capability = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  resourceTemplate: 'resources',
} as const

/** Whether something in a list of another server is an item: what is none is left out, and hides no other. */
export function isItem(kind: Kind, item: unknown): item is Params {
  if (typeof item !== 'object' || item === null) return false
  const { [keyOf[kind]]: key, name, inputSchema } = item as Params
  if (typeof key !== 'string' || typeof name !== 'string') return false
  return kind !== 'tool' || (typeof inputSchema === 'object' && inputSchema !== null)
}
