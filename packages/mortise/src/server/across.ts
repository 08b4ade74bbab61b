import type { Call, Outcome } from '../model/call.ts'
import { PreparedResult } from '../model/call.ts'
import { changeCall } from '../model/changed-call.ts'
import { methodNotFound } from '../model/errors.ts'
import type { Params } from '../model/types.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Feature } from './features/feature.ts'
import { lists } from './kinds.ts'
import type { ListFacts } from './kinds.ts'
import { badCursor, decodeCursor, encodeCursor } from './pages.ts'
import type { ListCache, ListMethod } from './list-cache.ts'
import type { Provider } from './provider.ts'
import type { CacheHint } from './types.ts'

/** What an answer is put together from. */
export interface Across {
  /** What was registered on the server itself. */
  readonly feature: Feature
  readonly providers: readonly Provider[]
  readonly pageSize: number
  /** How long a provider is waited for where others have something to say too. */
  readonly patience: Patience
  /** For how long the whole of a list may be kept, where the server says so; otherwise as long as each part of it. */
  readonly cache: ListCache | undefined
  readonly report: (error: unknown) => void
}

/** How long somebody is waited for who holds others up. */
export interface Patience {
  readonly ms: number
  readonly runtime: Runtime
}

type Source = (call: Call) => Outcome | Promise<Outcome>

/** Answers a call where providers are mounted: what was registered here comes first, then each provider in its order. */
export async function answerAcross(call: Call, parts: Across): Promise<Outcome> {
  const { feature, providers } = parts
  const local = feature.methods[call.method] as Source
  const offers = feature.capabilities() !== undefined
  const capability = feature.capability as string
  const able = providers.filter((provider) => provider.capabilities()[capability] !== undefined)
  if (!offers && able.length === 0) throw methodNotFound(call.method)
  if (lists.has(call.method)) {
    const sources = able.map(
      (provider): Source =>
        (own) =>
          provider.answer(own),
    )
    return await listAcross(call, offers ? [local, ...sources] : sources, parts)
  }
  const isOwn = offers && feature.find?.(call, call) !== undefined
  const owner = isOwn ? undefined : await ownerOf(call, able, parts.patience)
  return await (owner === undefined ? local(call) : owner.answer(call))
}

/**
 * The first provider that has what a call names. All are asked at once; one that fails, or does not say in time, is only
 * heard when no other has it.
 */
export async function ownerOf(
  call: Call,
  providers: readonly Provider[],
  patience: Patience,
): Promise<Provider | undefined> {
  const asked = providers.map(async (provider) => await provider.owns(call))
  const said = asked.map(async (answer) => {
    try {
      return { owns: await soon(answer, patience) }
    } catch (error) {
      return { owns: false, error }
    }
  })
  let failure: { readonly error: unknown } | undefined
  for (const [index, answer] of said.entries()) {
    const told = await answer
    if (told.owns) return providers[index]
    if ('error' in told) failure ??= { error: told.error }
  }
  if (failure !== undefined) throw failure.error
  return undefined
}

/** What `promise` comes to. @throws McpError `ERR_TIMEOUT` when it has not settled in time. */
function soon<T>(promise: Promise<T>, { ms, runtime }: Patience): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(new McpError('ERR_TIMEOUT', `a provider did not answer within ${ms} ms`))
    const stop = runtime.after(ms, late)
    promise.then(resolve, reject).finally(stop)
  })
}

/**
 * One page over all sources, in order. A source that fails is reported and left out: it must not hide the others. A cursor
 * says which source is next, and where in it.
 */
async function listAcross(
  call: Call,
  sources: readonly Source[],
  { pageSize, patience, cache, report }: Across,
): Promise<Outcome> {
  const { member, key } = lists.get(call.method) as ListFacts
  const items = new Map<unknown, unknown>()
  let hints: Hints | undefined
  let place: Place | undefined = readPlace(call.params['cursor'])
  while (place !== undefined && items.size < pageSize) {
    const source = sources[place.source]
    if (source === undefined) throw badCursor()
    const page = await pageOf(source, { call, cursor: place.inner, patience, report })
    hints = strictest(hints, page)
    const before = items.size
    for (const item of Array.isArray(page[member]) ? (page[member] as Params[]) : []) {
      // Two of one name cannot be told apart by a client: the one that calls reach is the first.
      if (!items.has(item[key])) items.set(item[key], item)
    }
    const { source: last } = place
    place = after(place, { nextCursor: page['nextCursor'], count: sources.length })
    // A source may go on for ever without anything new: whoever reads the list decides how long to.
    if (items.size === before && place?.source === last) break
  }
  return {
    [member]: [...items.values()],
    ...writeHints(said(hints, cache?.[call.method as ListMethod]), sources.length),
    ...(place === undefined ? {} : { nextCursor: writePlace(place) }),
  }
}

async function pageOf(
  source: Source,
  {
    call,
    cursor,
    patience,
    report,
  }: { call: Call; cursor: string | undefined } & Pick<Across, 'patience' | 'report'>,
): Promise<Params> {
  const { cursor: _ours, ...rest } = call.params
  const params = cursor === undefined ? rest : { ...rest, cursor }
  try {
    const answer = async (): Promise<Outcome> => await source(changeCall(call, { params }))
    const outcome = await soon(answer(), patience)
    return outcome instanceof PreparedResult ? outcome.result : outcome
  } catch (error) {
    // The cursor is what the caller has: it must learn that it is no good, and start again.
    if (cursor !== undefined && error instanceof RpcError) throw error
    call.signal.throwIfAborted()
    report(error)
    return {}
  }
}

/** How long a page may be kept, and by whom (basic/utilities, "Caching"). */
interface Hints {
  readonly ttlMs: number
  readonly cacheScope: 'public' | 'private'
}

/** A page may be kept as long as the part of it that may be kept for the shortest time, and by whom all of it may. */
function strictest(before: Hints | undefined, { ttlMs: told, cacheScope }: Params): Hints {
  const ttlMs = typeof told === 'number' && told > 0 ? told : 0
  const isPublic = cacheScope === 'public' && before?.cacheScope !== 'private'
  return {
    ttlMs: Math.min(ttlMs, before?.ttlMs ?? ttlMs),
    cacheScope: isPublic ? 'public' : 'private',
  }
}

/** The server's own word on the time counts for the whole; who else may keep it is for each part to say. */
function said(hints: Hints | undefined, own: CacheHint | undefined): Hints | undefined {
  if (own === undefined) return hints
  return { ttlMs: own.ttlMs, cacheScope: hints?.cacheScope ?? 'private' }
}

/** All pages of a list must have the same scope (basic/utilities, "Caching"), and of several sources one may say otherwise. */
function writeHints(hints: Hints | undefined, sources: number): Partial<Hints> {
  if (hints === undefined || hints.ttlMs === 0) return {}
  return sources === 1 ? hints : { ...hints, cacheScope: 'private' }
}

interface Place {
  readonly source: number
  readonly inner: string | undefined
}

function after(
  { source }: Place,
  { nextCursor, count }: { nextCursor: unknown; count: number },
): Place | undefined {
  if (typeof nextCursor === 'string') return { source, inner: nextCursor }
  return source + 1 < count ? { source: source + 1, inner: undefined } : undefined
}

function writePlace({ source, inner }: Place): string {
  return encodeCursor(inner === undefined ? String(source) : `${source}:${inner}`)
}

function readPlace(cursor: unknown): Place {
  if (cursor === undefined) return { source: 0, inner: undefined }
  const [, digits, inner] = /^([0-9]{1,4})(?::([^]*))?$/.exec(decodeCursor(cursor)) ?? []
  if (digits === undefined) throw badCursor()
  return { source: Number(digits), inner }
}
