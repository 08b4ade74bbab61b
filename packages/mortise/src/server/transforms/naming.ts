import type { Call } from '../../model/call.ts'
import { changeCall } from '../../model/changed-call.ts'
import { ResourceNotFoundError } from '../../model/errors.ts'
import type { Notice } from '../../model/notice.ts'
import type { Params, Result } from '../../model/types.ts'
import { chained } from '../../std/chained.ts'
import { findIn, isWhole } from '../find.ts'
import { keyOf, lists, nameOf, renameIn } from '../kinds.ts'
import type { Kind, Named, Offered } from '../kinds.ts'
import type { Transform } from '../provider.ts'
import { unknownName } from '../unknown.ts'
import { changeOutcome } from './outcome.ts'
import { mapUris } from './uris.ts'

/** How the names of a provider are told outside, and read back. The two undo each other. */
export interface Naming {
  outward(kind: Kind, name: string): string
  /** The provider's own name; undefined when nothing of it has this name outside. */
  inward(kind: Kind, name: string): string | undefined
  /** Whether URIs are changed: they then are wherever results name them. */
  readonly uris: boolean
}

/** Offers everything of a provider under other names. */
export function naming({ outward, inward, uris }: Naming): Transform {
  const outwardUri = (uri: string): string => outward('resource', uri)

  /** The call as the provider knows it; undefined when it names nothing of it. */
  function read(call: Named): Params | undefined {
    const named = nameOf(call)
    if (named === undefined) return call.params
    const { kind, name } = named
    const own = typeof name === 'string' ? inward(kind, name) : undefined
    if (own === undefined) return undefined
    return own === name ? call.params : renameIn(call, own)
  }

  function inside(call: Call): Call | undefined {
    const params = read(call)
    if (params === undefined) return undefined
    return params === call.params ? call : changeCall(call, { params })
  }

  /** An item under its name outside; undefined for one that could not be reached by it: another one has taken it. */
  function writeItem(kind: Kind, item: Params): Params | undefined {
    const key = keyOf[kind]
    const name = item[key]
    if (typeof name !== 'string') return undefined
    const told = outward(kind, name)
    if (inward(kind, told) !== name) return undefined
    const renamed = told === name ? item : { ...item, [key]: told }
    return uris ? mapUris(renamed, outwardUri) : renamed
  }

  function write(method: string, result: Result): Result {
    const list = lists.get(method)
    if (list === undefined) return uris ? mapUris(result, outwardUri) : result
    const { member, kind } = list
    const items = result[member]
    if (!Array.isArray(items)) return result
    const written = (items as readonly Params[]).flatMap((item) => writeItem(kind, item) ?? [])
    return { ...result, [member]: written }
  }

  /** What a resource that is not there is called outside. */
  function told(error: unknown): unknown {
    if (!uris || !(error instanceof ResourceNotFoundError)) return error
    return new ResourceNotFoundError(outwardUri(error.uri), { cause: error })
  }

  function writeNotice(notice: Notice): Notice {
    const { uri } = notice.params
    if (!uris || typeof uri !== 'string') return notice
    return { ...notice, params: { ...notice.params, uri: outwardUri(uri) } }
  }

  return (provider) => ({
    capabilities: () => provider.capabilities(),
    owns(call) {
      const own = inside(call)
      return own !== undefined && provider.owns(own)
    },
    async answer(call) {
      const own = inside(call)
      if (own === undefined) throw unknownName(call)
      try {
        return await changeOutcome(provider.answer(own), (result) => write(call.method, result))
      } catch (error) {
        throw told(error)
      }
    },
    find(call, caller) {
      const params = read(call)
      if (params === undefined) return undefined
      const own = isWhole(call) ? changeCall(call, { params }) : { ...call, params }
      return chained(findIn(provider, own, caller), (found) => {
        const item = found && writeItem(found.kind, found.item as unknown as Params)
        return item && ({ ...found, item } as unknown as Offered) // of the same kind
      })
    },
    mirrored(call) {
      const own = inside(call)
      return own && provider.mirrored?.(own)
    },
    scopes: () => provider.scopes?.() ?? [],
    listen: (tell) => provider.listen?.((notice) => tell(writeNotice(notice))) ?? (() => {}),
    watch(uri, changed) {
      const own = inward('resource', uri)
      return own === undefined ? undefined : provider.watch?.(own, changed)
    },
  })
}
