import { McpError } from '../../std/error.ts'
import type { Policy } from './policy.ts'

/** Tells once that clients find the server elsewhere than its tokens and metadata say, which `teller` gave them. */
export function createPlaceCheck(
  teller: string,
  { resource, onError }: Pick<Policy, 'onError' | 'resource'>,
): (path: string) => void {
  const { pathname } = new URL(resource)
  let isTold = false
  return (path) => {
    if (isTold || path === pathname) return
    isTold = true
    const message =
      `requests come to ${path}, and ${teller} calls the server ${resource}: unless a proxy in front changes the path, clients ` +
      `will not find its metadata; give ${teller} the URL under which they call it`
    onError(new McpError('ERR_AUTH_RESOURCE', message))
  }
}
