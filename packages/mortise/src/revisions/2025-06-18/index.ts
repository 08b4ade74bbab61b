import type { ClientCapabilities } from '../../model/capabilities.ts'
import type { ClientRevision } from '../../model/client-revision.ts'
import type { Revision } from '../../model/revision.ts'
import type {
  ContentBlock,
  Implementation,
  InputRequest,
  Params,
  Result,
} from '../../model/types.ts'
import { downgradeTo20251125 } from '../2025-11-25/index.ts'
import { afterAnyRefusal } from '../older-transport.ts'
import { described, mapAllDefinitions, mapContent, without } from '../rewrite.ts'
import { sessionRequests } from '../session-requests.ts'
import { sampledTo20250618, samplingTo20250618 } from './sampling.ts'
import { isObject } from '../../std/object.ts'

const version = '2025-06-18'
const asks: ReadonlySet<string> = new Set([
  'ping',
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
])

/** Revision 2025-06-18: no icons, forms of single choices only, argument faults are protocol errors. */
export const revision20250618: Revision = {
  version,
  requests: sessionRequests,
  asks,
  resourceNotFoundCode: -32002,
  missingCapabilityCode: -32602,
  argumentFault: 'error',
  batches: false,
  http: { priming: false },
  downgrade: downgradeTo20250618,
  downgradeCapabilities: (capabilities) => capabilities,
  downgradeAsk: downgradeAskTo20250618,
  upgradeClient: ({ elicitation, ...rest }) => {
    const plain = contextSampling(rest)
    return elicitation?.form === undefined ? plain : { ...plain, elicitation: { form: {} } }
  },
}

/** The same revision, for clients. */
export const client20250618: ClientRevision = {
  version,
  asks,
  http: { versionHeader: true, olderAfter: afterAnyRefusal },
  describe: describeTo20250618,
  downgradeClient: ({ elicitation, ...rest }) => {
    const plain = plainSampling(rest)
    return elicitation?.form === undefined ? plain : { ...plain, elicitation: {} }
  },
  upgradeAsk: upgradeAskFrom20250618,
  downgradeAnswer: downgradeAnswerTo20250618,
}

/** Sampling has no parts to declare yet. */
export function plainSampling({ sampling, ...rest }: ClientCapabilities): ClientCapabilities {
  return sampling === undefined ? rest : { ...rest, sampling: {} }
}

/** Whoever can be sampled can be asked to include context, and never to use tools. */
export function contextSampling({ sampling, ...rest }: ClientCapabilities): ClientCapabilities {
  return sampling === undefined ? rest : { ...rest, sampling: { context: {} } }
}

/** What a model wrote has one block. */
export function downgradeAnswerTo20250618(method: string, answer: unknown): unknown {
  return method === 'sampling/createMessage' ? sampledTo20250618(answer) : answer
}

/** Takes out icons, of links too, and what an implementation says about itself beyond its name. */
export function downgradeTo20250618(method: string, result: Result): Result {
  const newer = downgradeTo20251125(method, result)
  if (method === 'initialize') return described(newer, describeTo20250618)
  if (method === 'tools/call' || method === 'prompts/get') return mapContent(newer, plainLink)
  return mapAllDefinitions(newer, (definition) => without(definition, ['icons']))
}

function plainLink(block: ContentBlock): ContentBlock {
  if (block.type !== 'resource_link' || block.icons === undefined) return block
  const { icons: _unknown, ...plain } = block
  return plain
}

/** An implementation says its name, its title and its version. */
export function describeTo20250618(info: Implementation): Implementation {
  return without(info, ['description', 'websiteUrl', 'icons'])
}

/** Questions have no mode yet; a page to visit and a choice of several cannot be said. */
export function downgradeAskTo20250618(request: InputRequest): InputRequest | undefined {
  if (request.method === 'sampling/createMessage') return samplingTo20250618(request)
  if (request.method !== 'elicitation/create') return request
  const { mode, requestedSchema, ...rest } = request.params
  if (mode === 'url') return undefined
  const schema = requestedSchema as { readonly properties?: Readonly<Record<string, Params>> }
  const properties: Record<string, Params> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property['type'] === 'array') return undefined
    properties[name] = downgradeField(property)
  }
  const { $schema: _dialect, ...plain } = schema as Params
  return { method: request.method, params: { ...rest, requestedSchema: { ...plain, properties } } }
}

/** Titles of choices stand in `enumNames`; only a boolean may have a default. */
function downgradeField(field: Params): Params {
  const { oneOf, default: preset, ...rest } = field
  const kept = typeof preset === 'boolean' ? { ...rest, default: preset } : rest
  if (!Array.isArray(oneOf)) return kept
  const choices = oneOf as readonly { readonly const: string; readonly title?: string }[]
  return {
    ...kept,
    enum: choices.map((choice) => choice.const),
    enumNames: choices.map((choice) => choice.title ?? choice.const),
  }
}

/** What a client is asked, with the titles of choices where newer revisions have them. */
export function upgradeAskFrom20250618(method: string, params: Params): Params {
  const schema = params['requestedSchema']
  if (method !== 'elicitation/create' || !isObject(schema)) return params
  const { properties } = schema
  if (!isObject(properties)) return params
  const fields = Object.entries(properties).map(([name, field]) => [name, upgradeField(field)])
  return { ...params, requestedSchema: { ...schema, properties: Object.fromEntries(fields) } }
}

function upgradeField(field: unknown): unknown {
  if (!isObject(field)) return field
  const { enum: values, enumNames: names, ...rest } = field
  if (!Array.isArray(values) || !Array.isArray(names)) return field
  const choice = (value: unknown, index: number): Params => {
    const title: unknown = names[index]
    return typeof title === 'string' ? { const: value, title } : { const: value, title: value }
  }
  return { ...rest, oneOf: values.map(choice) }
}
