import { neededFor } from '../model/capabilities.ts'
import { missingCapability } from '../model/errors.ts'
import type { Revision } from '../model/revision.ts'
import type { InputRequest } from '../model/types.ts'

/**
 * A question as the revision's wire has it. `id` names it, where the wire wants a name.
 * @throws RpcError when the wire has no words for it, so that no client of the revision can declare that it answers.
 */
export function writeAsk(revision: Revision, request: InputRequest, id: string): InputRequest {
  const written = revision.downgradeAsk(request, id)
  if (written !== undefined) return written
  throw missingCapability(neededFor(request), revision.missingCapabilityCode)
}
