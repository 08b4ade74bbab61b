import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { ClientFacts } from '../../model/call.ts'
import { readClientCapabilities } from '../../model/capabilities.ts'
import type { ClientCapabilities } from '../../model/capabilities.ts'
import { metaKeys } from '../../model/meta.ts'
import type { Implementation, LogLevel, Params } from '../../model/types.ts'
import { logLevels } from '../../model/types.ts'
import { readInfo } from '../conversation.ts'

/** What travels in the `_meta` of every request (basic, "Request Metadata"). */
export interface Envelope {
  readonly version: string
  readonly client: ClientFacts
  readonly logLevel: LogLevel | undefined
}

/** The version that a request names in its `_meta`, whatever it is; undefined when it names none. */
export function envelopeVersion(params: Params | undefined): unknown {
  const meta = params?.['_meta']
  if (typeof meta !== 'object' || meta === null) return undefined
  return (meta as Params)[metaKeys.protocolVersion]
}

/** Reads the envelope of a request. @throws RpcError -32602 when a required member is missing or of the wrong type. */
export function readEnvelope(params: Params): Envelope {
  const meta = params['_meta']
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
    throw lacking('params._meta must be an object')
  }
  const members = meta as Params
  const version = members[metaKeys.protocolVersion]
  if (typeof version !== 'string') {
    throw lacking(`params._meta must have "${metaKeys.protocolVersion}", a string`)
  }
  const capabilities = members[metaKeys.clientCapabilities]
  if (typeof capabilities !== 'object' || capabilities === null || Array.isArray(capabilities)) {
    throw lacking(`params._meta must have "${metaKeys.clientCapabilities}", an object`)
  }
  return {
    version,
    client: {
      info: readImplementation(members[metaKeys.clientInfo]),
      capabilities: readClientCapabilities(capabilities),
    },
    logLevel: readLogLevel(members[metaKeys.logLevel]),
  }
}

function lacking(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}

function readImplementation(value: unknown): Implementation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, version } = value as Partial<Implementation>
  const named = typeof name === 'string' && typeof version === 'string'
  return named ? readInfo(value) : undefined
}

function readLogLevel(value: unknown): LogLevel | undefined {
  if (value === undefined) return undefined
  const level = logLevels.find((known) => known === value)
  if (level === undefined)
    throw lacking(`${metaKeys.logLevel} must be one of ${logLevels.join(', ')}`)
  return level
}

/** What a client says of itself with every request. */
export interface ClientEnvelope {
  readonly version: string
  readonly capabilities: ClientCapabilities
  readonly info: Implementation
  readonly logLevel?: LogLevel | undefined
}

/** The `_meta` members of `envelope`, to be spread under those of one request. */
export function writeEnvelope(envelope: ClientEnvelope): Params {
  const members: Record<string, unknown> = {
    [metaKeys.protocolVersion]: envelope.version,
    [metaKeys.clientCapabilities]: envelope.capabilities,
    [metaKeys.clientInfo]: envelope.info,
  }
  if (envelope.logLevel !== undefined) members[metaKeys.logLevel] = envelope.logLevel
  return members
}
