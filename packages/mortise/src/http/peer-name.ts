import type { AuthInfo } from '../model/call.ts'
import type { Exchange } from './exchange.ts'

/**
 * The name under which a request counts for the limits of one peer: the authenticated subject, else the address; the empty
 * string where neither is known. The kind stands before it, so that nobody is counted for somebody of another kind.
 */
export function peerName(exchange: Pick<Exchange, 'peer'>, auth: AuthInfo | undefined): string {
  if (auth !== undefined) return `subject:${auth.subject}`
  const { peer } = exchange
  return peer === '' ? '' : `address:${networkOf(peer)}`
}

/**
 * What counts as one peer among addresses: the whole of an IPv4 address, and of an IPv6 address its /64, within which one
 * subscriber has as many as it likes (RFC 6177 §2). Anything else counts as it is.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [, mapped] = /^::ffff:([0-9.]+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%') // the zone
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail === undefined && groups.length !== 8) return address
  if (!/^[0-9a-f:]*(?:[0-9.]+)?$/i.test(plain)) return address
  const prefix = [...groups, ...missing(groups, tail)].slice(0, 4)
  return `${prefix.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** What stands for `::` and what follows, as far as the first four groups need it. */
function missing(groups: readonly string[], tail = ''): readonly string[] {
  const last = tail === '' ? [] : tail.split(':')
  const length = last.length + (tail.includes('.') ? 1 : 0)
  return [...Array.from({ length: Math.max(0, 8 - groups.length - length) }, () => '0'), ...last]
}
