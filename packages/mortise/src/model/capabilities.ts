import { speaksOfTools } from './sampling-rules.ts'
import type { InputRequest } from './types.ts'

/** What a client declares (basic/lifecycle and basic, "Capabilities"); open to what is not known yet. */
export interface ClientCapabilities {
  readonly elicitation?: { readonly form?: object; readonly url?: object }
  readonly sampling?: { readonly context?: object; readonly tools?: object }
  readonly roots?: { readonly listChanged?: boolean }
  readonly experimental?: Readonly<Record<string, unknown>>
  readonly extensions?: Readonly<Record<string, unknown>>
  readonly [other: string]: unknown
}

/** What a server declares. */
export interface ServerCapabilities {
  readonly tools?: { readonly listChanged?: boolean }
  readonly resources?: { readonly listChanged?: boolean; readonly subscribe?: boolean }
  readonly prompts?: { readonly listChanged?: boolean }
  readonly completions?: object
  readonly logging?: object
  readonly experimental?: Readonly<Record<string, unknown>>
  readonly extensions?: Readonly<Record<string, unknown>>
  readonly [other: string]: unknown
}

const none: ClientCapabilities = {}

/**
 * Reads what a client declared. `elicitation: {}` is spelled out as form mode, since that is what it means
 * (client/elicitation, "Capabilities"), so that nobody else needs to know. Anything but an object is no capability.
 */
export function readClientCapabilities(value: unknown): ClientCapabilities {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return none
  const declared = value as ClientCapabilities // an object; its members are read with care below
  const { elicitation } = declared
  if (elicitation === undefined) return declared
  if (typeof elicitation !== 'object' || elicitation === null) {
    const { elicitation: _malformed, ...rest } = declared
    return rest
  }
  if (elicitation.form === undefined && elicitation.url === undefined) {
    return { ...declared, elicitation: { ...elicitation, form: {} } }
  }
  return declared
}

/** Whether `declared` covers every member named in `required`, two levels deep (`{ elicitation: { url: {} } }`). */
export function covers(declared: ClientCapabilities, required: ClientCapabilities): boolean {
  for (const [name, parts] of Object.entries(required)) {
    const own = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (typeof own !== 'object' || own === null) return false
    if (typeof parts !== 'object' || parts === null) continue
    for (const part of Object.keys(parts)) if (!Object.hasOwn(own, part)) return false
  }
  return true
}

/** What a client must have declared to be asked `request`. */
export function neededFor({ method, params }: InputRequest): ClientCapabilities {
  switch (method) {
    case 'elicitation/create':
      return { elicitation: params['mode'] === 'url' ? { url: {} } : { form: {} } }
    case 'sampling/createMessage': {
      const { includeContext = 'none' } = params
      const tools = speaksOfTools(params) ? { tools: {} } : {}
      return { sampling: { ...tools, ...(includeContext === 'none' ? {} : { context: {} }) } }
    }
    case 'roots/list':
      return { roots: {} }
    default:
      return {}
  }
}

/** Everything that either of two declares, two levels deep. */
export function declaredTogether(
  one: ClientCapabilities,
  other: ClientCapabilities,
): ClientCapabilities {
  const both: Record<string, unknown> = { ...one }
  for (const [name, parts] of Object.entries(other)) {
    const known = both[name]
    const isNew = typeof known !== 'object' || typeof parts !== 'object'
    both[name] = isNew ? parts : { ...known, ...parts }
  }
  return both
}
