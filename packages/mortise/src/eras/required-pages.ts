import { RpcError } from '../jsonrpc/error.ts'
import type { Call } from '../model/call.ts'
import { covers } from '../model/capabilities.ts'
import { isRequiredPage, wantsPages } from '../model/errors.ts'
import type { InputRequest, RequiredPage } from '../model/types.ts'

/** What a client must declare to be sent to a page. */
export const pagesNeed: { readonly elicitation: { readonly url: object } } = {
  elicitation: { url: {} },
}

/** The pages that a call must wait for, if its client can be sent to them; undefined when `error` is another. */
export function requiredPages(
  error: unknown,
  { client }: Pick<Call, 'client'>,
): readonly RequiredPage[] | undefined {
  return wantsPages(error) && covers(client.capabilities, pagesNeed)
    ? error.elicitations
    : undefined
}

/** A page as a question of the neutral model. */
export function pageRequest({ elicitationId, message, url }: RequiredPage): InputRequest {
  return { method: 'elicitation/create', params: { mode: 'url', message, url, elicitationId } }
}

/** The error of revisions that have a `code` for it (2025-11-25, client/elicitation, "URL Elicitation Required Error"). */
export function pagesError(pages: readonly RequiredPage[], code: number): RpcError {
  const elicitations = pages.map((page) => pageRequest(page).params)
  return new RpcError(code, 'The user must visit a page before this can run', { elicitations })
}

/** The pages that a server wants to be visited, in its error of that `code`; undefined when it is another error, or names none. */
export function readRequiredPages(
  error: unknown,
  code: number | undefined,
): readonly RequiredPage[] | undefined {
  if (code === undefined || !(error instanceof RpcError) || error.rpcCode !== code) return undefined
  const { elicitations } = (error.data ?? {}) as { readonly elicitations?: unknown }
  const pages = Array.isArray(elicitations) ? elicitations.filter(isRequiredPage) : []
  return pages.length === 0 ? undefined : pages
}
