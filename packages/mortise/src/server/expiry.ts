import type { HeaderRecord } from '../http/exchange.ts'
import type { AuthInfo } from '../model/call.ts'
import type { Runtime } from '../std/runtime.ts'
import type { AuthRefusal, Authorize } from '../http/authorize.ts'

/** The same decisions, but that nobody is let in whose time is over: `headers` are of the 401. */
export function withExpiry(
  authorize: Authorize,
  runtime: Pick<Runtime, 'now'>,
  headers: HeaderRecord,
): Authorize {
  const message = 'The authorization has expired'
  const expired: AuthRefusal = { refused: true, status: 401, headers, message }
  const judge = (decision: AuthInfo | AuthRefusal): AuthInfo | AuthRefusal =>
    'refused' in decision || !isOver(decision, runtime) ? decision : expired
  return (request) => {
    const decision = authorize(request)
    // Whatever has a `then` is waited for by who asked, be it a Promise of this realm or not.
    return 'then' in decision ? Promise.resolve(decision).then(judge) : judge(decision)
  }
}

function isOver({ expiresAtSec }: AuthInfo, { now }: Pick<Runtime, 'now'>): boolean {
  // Not `>=`: a time that is none has no end, and nobody would be let out again.
  return expiresAtSec !== undefined && !(now() < expiresAtSec * 1_000)
}
