import type { Id } from '../jsonrpc/message.ts'
import { requestText } from '../jsonrpc/write.ts'
import type { Params } from '../model/types.ts'
import { wellFormedJson } from '../std/well-formed.ts'
import type { LinkRequest } from './link.ts'

/**
 * The text of a request that has its id as its progress token, which makes the server tell how far it is.
 * @throws TypeError when the parameters have no JSON text.
 */
export function trackedRequestText({ method, params, meta }: LinkRequest, id: Id): string {
  const own = plainText(params)
  if (own === undefined) return requestText({ id, method, params: withMeta(params, meta, id) })
  const members = own === '{}' ? '{' : `${own.slice(0, -1)},`
  const prepared = meta === undefined ? '' : `${meta},`
  const idText = JSON.stringify(id)
  const tracked = `${members}"_meta":{${prepared}"progressToken":${idText}}}`
  return `{"jsonrpc":"2.0","id":${idText},"method":${JSON.stringify(method)},"params":${tracked}}`
}

/** What `LinkRequest.meta` is to be: the members of an object that has some, as JSON text without its braces. */
export function metaText(meta: Params): string {
  return wellFormedJson(JSON.stringify(meta)).slice(1, -1)
}

/** The JSON text of parameters to which `_meta` can be added at the end: nearly all. */
function plainText(params: Params): string | undefined {
  // What writes itself as something else is not what its members are.
  if (params['_meta'] !== undefined || params['toJSON'] !== undefined) return undefined
  const text = JSON.stringify(params)
  return text.startsWith('{') ? wellFormedJson(text) : undefined
}

function withMeta(params: Params, meta: string | undefined, progressToken: Id): Params {
  const prepared = meta === undefined ? undefined : (JSON.parse(`{${meta}}`) as Params)
  const own = params['_meta'] as Params | undefined
  return { ...params, _meta: { ...own, ...prepared, progressToken } }
}
