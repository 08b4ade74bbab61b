import type { ClientCapabilities } from '../../model/capabilities.ts'
import type { RequestAsking } from '../../model/request-asking.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { Implementation, LogLevel, Params } from '../../model/types.ts'
import type { LinkRequest } from '../../transport/link.ts'
import { metaText } from '../../transport/request-text.ts'
import { readObject } from '../conversation.ts'
import { writeEnvelope } from './envelope.ts'

/** What the envelope says of one request that it does not say of all. */
export interface OwnFacts {
  readonly asking?: RequestAsking | undefined
  readonly logLevel?: LogLevel | undefined
}

/** Puts the envelope around what a client sends (basic, "Request Metadata"). */
export interface Composing {
  /** Parameters with the envelope in their `_meta`, where it counts more than what is there. */
  params(params: Params, own: OwnFacts): Params
  /** The same for a request that is sent at once: nearly all share one text of the envelope. */
  request(request: LinkRequest, own: OwnFacts): LinkRequest
}

/** `capabilities` are those of the newest revision. */
export function createComposing({
  revision,
  capabilities,
  info,
}: {
  readonly revision: ClientRevision
  readonly capabilities: ClientCapabilities
  readonly info: Implementation
}): Composing {
  const declared = revision.downgradeClient(capabilities)
  let last: { readonly logLevel: LogLevel | undefined; readonly text: string } | undefined

  function envelope({ asking, logLevel }: OwnFacts): Params {
    const own = asking === undefined ? declared : revision.downgradeClient(asking.capabilities)
    return writeEnvelope({ version: revision.version, capabilities: own, info, logLevel })
  }

  function compose(params: Params, own: OwnFacts): Params {
    return { ...params, _meta: { ...readObject(params['_meta']), ...envelope(own) } }
  }

  return {
    params: compose,
    request(request, own) {
      const { params } = request
      if (own.asking !== undefined || params['_meta'] !== undefined) {
        return { ...request, params: compose(params, own) }
      }
      const { logLevel } = own
      if (last?.logLevel !== logLevel || last === undefined) {
        last = { logLevel, text: metaText(envelope(own)) }
      }
      return { ...request, meta: last.text }
    },
  }
}
