import { checkTrust } from '../../http/outbound-policy.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { createMemoryStore } from '../../state/memory.ts'
import type { Limits } from '../../std/limits.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Names } from '../../std/option-names.ts'
import type { AuthEvent, Grant } from './flow.ts'
import { requireTls } from './machine.ts'
import type { AuthPlatform } from './platform.ts'
import { createSignedIn } from './signed-in.ts'
import type { SignedIn } from './signed-in.ts'

/** How a machine gets in, whatever vouches for it. */
export interface MachineOptions {
  /**
   * The issuer that the credentials are for, exactly as the server names it: another one, whatever the server says, never sees
   * them. Default: the first that they are used at, which `store` keeps.
   */
  readonly issuer?: string
  /** Scopes that are asked for besides those that the server wants. Default: none. */
  readonly scopes?: readonly string[]
  /** Keeps tokens. Default: this process's memory, since a machine can ask for new ones whenever it likes. */
  readonly store?: KeyValueStore
  /**
   * Tells apart who share a store: where users or workloads do that have no client id of their own, it has to be given. Default:
   * the client id alone.
   */
  readonly account?: string
  /** Whether tokens are bound to a key wherever both servers say that they can (RFC 9449), also unasked. Default: false. */
  readonly dpop?: boolean
  /** Origins besides the server's own and `issuer` that may be at any address, and of http. Default: none. */
  readonly trust?: readonly string[]
  /** Whether loopback hosts may be reached, by http too: for development. Default: false. */
  readonly allowLoopback?: boolean
  /** Hears what is done; no member ever holds a secret. */
  readonly onEvent?: (event: AuthEvent) => void
  /** Over the limits of the connection. */
  readonly limits?: Partial<Limits>
}

/** The names of `MachineOptions`, for `checkNames`. */
export const machineOptionNames: Names<MachineOptions> = {
  issuer: true,
  scopes: true,
  store: true,
  account: true,
  dpop: true,
  trust: true,
  allowLoopback: true,
  onEvent: true,
  limits: true,
}

/**
 * A machine that gets in by `grant`; `named` are URLs of the application, which are trusted as such.
 * @throws TypeError when one of them, or the issuer, is neither of https nor on this machine (EMA-14).
 */
export function createMachine(
  { createFetch }: AuthPlatform,
  options: MachineOptions,
  { grant, named = [] }: { readonly grant: Grant; readonly named?: readonly string[] },
): SignedIn {
  const {
    issuer,
    trust = [],
    allowLoopback = false,
    store,
    scopes,
    dpop,
    onEvent,
    limits,
  } = options
  resolveLimits(limits)
  checkTrust(trust)
  const urls = issuer === undefined ? named : [issuer, ...named]
  for (const url of urls) requireTls(url)
  return createSignedIn({
    grant,
    store: store ?? createMemoryStore(),
    createFetch,
    policy: { allowLoopback, trust: [...trust, ...urls.map((url) => new URL(url).origin)] },
    ...(issuer === undefined ? {} : { issuer }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(dpop === undefined ? {} : { dpop }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(limits === undefined ? {} : { limits }),
  })
}

/** Names a grant where tokens are stored: `parts` have no secrets in them, and may hold anything else. */
export function grantKey(way: string, parts: readonly string[]): string {
  return `${way}:${JSON.stringify(parts)}`
}

/** @throws TypeError when several might share a store, and take each other's tokens. */
export function requireAccount({ store, account }: MachineOptions, who: string): void {
  if (store === undefined || account !== undefined) return
  throw new TypeError(`a store needs an \`account\` that names the ${who} beside it`)
}
