import { checkNames } from '../std/option-names.ts'
import type { CacheHint } from './types.ts'

/** The methods whose results may be kept as a whole; of a resource its own definition says so. */
export type ListMethod =
  | 'server/discover'
  | 'tools/list'
  | 'prompts/list'
  | 'resources/list'
  | 'resources/templates/list'

/** For how long clients may keep lists, and who else may: by method. */
export type ListCache = { readonly [M in ListMethod]?: CacheHint }

/** The same as the wire has it (basic/utilities, "Caching"). */
export interface WrittenHint {
  readonly ttlMs: number
  readonly cacheScope: 'public' | 'private'
}

const methods: Readonly<Record<ListMethod, true>> = {
  'server/discover': true,
  'tools/list': true,
  'prompts/list': true,
  'resources/list': true,
  'resources/templates/list': true,
}

/** @throws TypeError when a method is none of these, or a hint is not what it must be. */
export function checkListCache(cache: ListCache): void {
  checkNames('createServer has no option cache.', cache, methods)
  for (const [method, hint] of Object.entries(cache)) checkHint(`cache.${method}`, hint)
}

/** @throws TypeError when the time is no whole number, or the scope none. */
export function checkHint(what: string, { ttlMs, scope = 'private' }: CacheHint): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0) {
    throw new TypeError(`${what}.ttlMs must be a whole number, 0 or more`)
  }
  if (scope !== 'private' && scope !== 'public') {
    throw new TypeError(`${what}.scope must be "public" or "private"`)
  }
}

/** What a list says of itself. One that `differs` by caller is never public. */
export function writeHint(
  hint: CacheHint | undefined,
  differs: boolean,
): WrittenHint | Record<never, never> {
  if (hint === undefined) return {}
  return { ttlMs: hint.ttlMs, cacheScope: differs ? 'private' : (hint.scope ?? 'private') }
}
