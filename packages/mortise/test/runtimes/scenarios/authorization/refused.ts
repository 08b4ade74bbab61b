import { equal, refusal } from '../../scenario.ts'

/** What `attempt` is refused with. @throws Error when it is not, or with another code. */
export async function refusedWith(code: string, attempt: Promise<unknown>): Promise<unknown> {
  const refused = (await refusal(attempt)) as { readonly code?: unknown }
  equal(refused.code, code, 'code')
  return refused
}
