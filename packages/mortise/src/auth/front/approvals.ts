import { digest } from './front-store.ts'
import type { AuthorizationRequest } from './request.ts'
import type { FrontSetup } from './setup.ts'

/** What each user approved: the registry of SEC-10, under the provider's name for the user. */
export interface Approvals {
  /** Whether the user approved this client, redirect URI and all of these scopes before. */
  has(subject: string, request: AuthorizationRequest): Promise<boolean>
  add(subject: string, request: AuthorizationRequest): Promise<void>
}

interface Approval {
  readonly scopes: readonly string[]
  readonly untilMs: number
}

/** Clients that one user approved and that are remembered. */
const maxApprovals = 64

/** Keeps the registry in the store. */
export function createApprovals({ store, lifetimes, runtime }: FrontSetup): Approvals {
  const { approvalMs } = lifetimes
  const keyOf = async (subject: string): Promise<string> => `approved:${await digest(subject)}`
  const nameOf = ({ client, redirectUri, resource }: AuthorizationRequest): Promise<string> =>
    digest(JSON.stringify([client.clientId, redirectUri, resource]))

  return {
    async has(subject, request) {
      const kept = await store.get<Readonly<Record<string, Approval>>>(await keyOf(subject))
      const approval = kept?.value?.[await nameOf(request)]
      if (approval === undefined || approval.untilMs <= runtime.now()) return false
      return request.scopes.every((scope) => approval.scopes.includes(scope))
    },
    async add(subject, request) {
      const key = await keyOf(subject)
      const name = await nameOf(request)
      for (;;) {
        const kept = await store.get<Readonly<Record<string, Approval>>>(key)
        const now = runtime.now()
        const others = Object.entries(kept?.value ?? {}).filter(
          ([other, { untilMs }]) => other !== name && untilMs > now,
        )
        const approval: Approval = { scopes: request.scopes, untilMs: now + approvalMs }
        const value = Object.fromEntries([...others.slice(1 - maxApprovals), [name, approval]])
        if (await store.swap(key, kept, { value, ttlMs: approvalMs })) return
      }
    },
  }
}
