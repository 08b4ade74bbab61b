import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { HeaderRecord } from '../http/exchange.ts'
import type { Connect, GuardedFetch, HopAnswer, OutboundPolicy } from '../http/guarded-fetch.ts'
import { createGuardedFetch } from '../http/guarded-fetch.ts'
import { unreachable } from '../http/unreachable.ts'
import type { Limits } from '../std/limits.ts'
import { defaultLimits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import { createStreamAnswer } from './stream-answer.ts'

/** Looks a host name up, once for each request: all addresses that it leads to. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** What a guarded fetch on Node is made of. */
export interface NodeGuardedFetchOptions {
  readonly limits?: Limits
  readonly runtime?: Runtime
  /** Default: `lookup` of `node:dns`, which knows the system's files and resolvers. */
  readonly resolve?: Resolve
}

/** The head of an answer, in bytes: what Node has as default, whatever the process was started with. */
const maxHeadBytes = 16 * 1024

/**
 * A fetch for URLs that peers name, on Node: a name is looked up once, all its addresses are judged, and the connection goes
 * to these alone. No connection is shared or kept, and no proxy is asked for.
 * @throws TypeError when an entry of `policy.trust` is no http or https origin.
 */
export function createNodeGuardedFetch(
  policy: OutboundPolicy,
  {
    limits = defaultLimits,
    runtime = systemRuntime,
    resolve = (hostname) => lookup(hostname, { all: true }),
  }: NodeGuardedFetchOptions = {},
): GuardedFetch {
  return createGuardedFetch(policy, { limits, runtime, connect: createConnect(resolve) })
}

function createConnect(resolve: Resolve): Connect {
  return async ({ url, method, headers, body, signal, admit }) => {
    const addresses = await addressesOf(url, resolve)
    admit(addresses.map(({ address }) => address))
    signal.throwIfAborted()
    return new Promise<HopAnswer>((settle, reject) => {
      const request = begin(url, {
        method,
        headers,
        signal,
        lookup: pinnedTo(addresses),
        maxHeaderSize: maxHeadBytes,
      })
      request.on('response', (response: IncomingMessage) => {
        const { statusCode: status = 0, headers: answered } = response
        const parts = { status, headers: answered, stream: response, url, signal }
        settle({ answer: createStreamAnswer(parts), headers: joined(answered) })
      })
      // Also called after an answer, when it is given up: then without effect.
      request.on('error', (cause) => {
        reject(signal.aborted ? signal.reason : unreachable(url, cause))
      })
      request.end(body)
    })
  }
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  try {
    return await resolve(host)
  } catch (cause) {
    throw unreachable(url, cause)
  }
}

/** For an agent of its own each time: the shared ones keep connections, and may be set to go through a proxy. */
const agentOptions = {
  keepAlive: false,
  // Deno gives every agent the proxies of the environment; a proxy would look the name up again.
  proxyEnv: {},
}

function begin(url: URL, options: RequestOptions): ClientRequest {
  return url.protocol === 'https:'
    ? httpsRequest(url, { ...options, agent: new HttpsAgent(agentOptions) })
    : httpRequest(url, { ...options, agent: new HttpAgent(agentOptions) })
}

/** Answers what was judged, instead of asking again: another answer could be another one. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, done) => {
    const [first] = addresses
    if (first === undefined) {
      const error = Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' })
      done(error, '', 0)
    } else if (all === true) done(null, [...addresses])
    else done(null, first.address, first.family)
  }
}

function joined(headers: IncomingHttpHeaders): HeaderRecord {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
  )
  return Object.fromEntries(entries) as HeaderRecord
}
