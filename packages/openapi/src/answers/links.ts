import type { ContentBlock } from 'mortise/server'
import { decodePointer } from '../document/resolver.ts'
import type { Resolver } from '../document/resolver.ts'
import { LeftOut } from '../errors.ts'
import { entriesOf, recordOf, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'
import { bodyArgument, cut } from '../tools/arguments.ts'
import type { Argument } from '../tools/arguments.ts'
import { evaluate } from './expression.ts'
import type { Exchange } from './expression.ts'

/** The tool of an operation, as a link names it. */
export interface LinkedTool {
  readonly name: string
  readonly args: readonly Argument[]
}

/** The tools of a document by `operationId` and by `GET /path`; it grows while they are added. */
export type LinkedTools = ReadonlyMap<string, LinkedTool>

/** A link of a response: what can be done next. */
interface Link {
  readonly name: string
  /** In `LinkedTools`. */
  readonly operation: string
  readonly parameters: readonly (readonly [string, unknown])[]
  readonly body: unknown
}

/** The links of an operation's responses, by status. */
export type Links = ReadonlyMap<string, readonly Link[]>

/** Links of one response: real ones have a few. */
const maxLinks = 20
const maxLength = 1_000

/** Reads the links of an operation's responses; what is no link to an operation of this document is not followed. */
export function readLinks(responses: JsonObject, resolver: Resolver): Links {
  return new Map(
    entriesOf(responses).map(([status, response]) => [
      status.toUpperCase(),
      entriesOf(resolver.follow(response)['links'])
        .slice(0, maxLinks)
        .flatMap(([name, link]) => readLink(name, link, resolver) ?? []),
    ]),
  )
}

function readLink(name: string, value: unknown, resolver: Resolver): Link | undefined {
  try {
    const link = resolver.follow(value)
    const operation = textOf(link['operationId']) ?? operationAt(textOf(link['operationRef']))
    if (operation === undefined) return undefined
    const { parameters, requestBody: body } = link
    return { name, operation, parameters: entriesOf(parameters), body }
  } catch (error) {
    if (error instanceof LeftOut) return undefined // a link is only a hint
    throw error
  }
}

/** `#/paths/~1orders~1{id}/get` is `GET /orders/{id}`. */
function operationAt(ref: string | undefined): string | undefined {
  const [paths, path, method] = ref?.startsWith('#/') === true ? decodePointer(ref.slice(1)) : []
  if (paths !== 'paths' || path === undefined || method === undefined) return undefined
  return `${method.toUpperCase()} ${path}`
}

/** Which calls an answer leads to, with the arguments that are known by now; undefined for none. */
export function tellLinks(
  links: Links,
  {
    exchange,
    tools,
    redact,
  }: {
    readonly exchange: Exchange
    readonly tools: LinkedTools
    readonly redact: (text: string) => string
  },
): ContentBlock | undefined {
  const { status } = exchange
  const found =
    links.get(String(status)) ??
    links.get(`${Math.trunc(status / 100)}XX`) ??
    links.get('DEFAULT') ??
    []
  const lines = found.flatMap((link) => {
    const tool = tools.get(link.operation)
    return tool === undefined ? [] : [cut(redact(lineOf(link, { tool, exchange })), maxLength)]
  })
  return lines.length === 0 ? undefined : { type: 'text', text: ['Next:', ...lines].join('\n') }
}

function lineOf(
  { name, parameters, body }: Link,
  { tool, exchange }: { tool: LinkedTool; exchange: Exchange },
): string {
  const known = parameters.flatMap(([parameter, expression]) => {
    const argument = tool.args.find((one) => isNamed(one, parameter))
    const value = evaluate(expression, exchange)
    return argument === undefined || value === undefined ? [] : [[argument.name, value] as const]
  })
  const sent = evaluate(body, exchange)
  const args = recordOf(sent === undefined ? known : [...known, [bodyArgument, sent]])
  return `${name}: ${tool.name} ${JSON.stringify(args)}`
}

/** A parameter of a link may say where it stands: `path.id`. */
function isNamed({ parameter }: Argument, name: string): boolean {
  return parameter.name === name || `${parameter.in}.${parameter.name}` === name
}
