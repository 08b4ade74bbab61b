import type { Call } from '../model/call.ts'
import type { Params, Prompt, Resource, ResourceTemplate, Tool } from '../model/types.ts'

/** What a server offers, as its lists show it, by kind. */
export interface Items {
  readonly tool: Tool
  readonly resource: Resource
  readonly resourceTemplate: ResourceTemplate
  readonly prompt: Prompt
}

/** A kind of thing that servers offer. */
export type Kind = keyof Items

/** One thing that is offered, and of which kind it is; where it is known, with the scopes that it needs. */
export type Offered = {
  [K in Kind]: {
    readonly kind: K
    readonly item: Items[K]
    readonly scopes?: readonly string[] | undefined
  }
}[Kind]

/** The part of a call that names something. */
export type Named = Pick<Call, 'method' | 'params'>

/** One list: what is in it, the member of the result that holds the items, and what tells two items apart. */
export interface ListFacts {
  readonly kind: Kind
  readonly member: string
  readonly key: string
}

/** The lists, by their method. */
export const lists: ReadonlyMap<string, ListFacts> = new Map([
  ['tools/list', { kind: 'tool', member: 'tools', key: 'name' }],
  ['resources/list', { kind: 'resource', member: 'resources', key: 'uri' }],
  [
    'resources/templates/list',
    { kind: 'resourceTemplate', member: 'resourceTemplates', key: 'uriTemplate' },
  ],
  ['prompts/list', { kind: 'prompt', member: 'prompts', key: 'name' }],
] as const)

/** The member by which things of a kind are told apart. */
export const keyOf: Readonly<Record<Kind, string>> = {
  tool: 'name',
  resource: 'uri',
  resourceTemplate: 'uriTemplate',
  prompt: 'name',
}

/** What a call names: of which kind it is, and its name, URI or template as it came. */
export interface Name {
  readonly kind: Kind
  readonly name: unknown
}

/** What a call names; undefined when its method names nothing. A URI that is read may be a member of a template's family. */
export function nameOf({ method, params }: Named): Name | undefined {
  switch (method) {
    case 'tools/call':
      return { kind: 'tool', name: params['name'] }
    case 'prompts/get':
      return { kind: 'prompt', name: params['name'] }
    case 'resources/read':
      return { kind: 'resource', name: params['uri'] }
    case 'completion/complete': {
      const { type, name, uri } = readRef(params)
      return type === 'ref/prompt'
        ? { kind: 'prompt', name }
        : { kind: 'resourceTemplate', name: uri }
    }
    default:
      return undefined
  }
}

/** The same parameters, naming `name`. */
export function renameIn({ method, params }: Named, name: string): Params {
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return { ...params, name }
    case 'resources/read':
      return { ...params, uri: name }
    case 'completion/complete': {
      const ref = readRef(params)
      return { ...params, ref: { ...ref, [ref.type === 'ref/prompt' ? 'name' : 'uri']: name } }
    }
    default:
      return params
  }
}

function readRef({ ref }: Params): {
  readonly type?: unknown
  readonly name?: unknown
  readonly uri?: unknown
} {
  return typeof ref === 'object' && ref !== null ? ref : {}
}
