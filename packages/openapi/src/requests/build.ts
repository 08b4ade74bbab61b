import { ToolError } from 'mortise/server'
import type { Body } from '../body/body.ts'
import { percent, percentReserved } from '../parameters/percent.ts'
import type { Parameter } from '../parameters/parameter.ts'
import { simple, styleInPath, styleInQuery } from '../parameters/style.ts'
import type { Pair } from '../parameters/style.ts'
import type { JsonObject } from '../record.ts'
import type { Authorization } from '../security/authorize.ts'
import { bodyArgument } from '../tools/arguments.ts'
import type { Argument } from '../tools/arguments.ts'
import type { ApiRequest } from './send.ts'

/** What is known of the requests of an operation before its tool is called. */
export interface RequestPlan {
  readonly method: string
  /** The template of its path. */
  readonly path: string
  readonly baseUrl: URL
  readonly args: readonly Argument[]
  readonly body: Body | undefined
  readonly accept: string
  /** Headers of every request, which no argument changes. */
  readonly headers: Readonly<Record<string, string>>
}

interface Given {
  readonly parameter: Parameter
  readonly argument: string
  readonly value: unknown
}

/**
 * The request for the arguments of a call.
 * @throws ToolError when an argument cannot be sent: in a path it would lead elsewhere, in a header it would end it.
 */
export function buildRequest(
  plan: RequestPlan,
  args: JsonObject,
  authorization: Authorization,
): ApiRequest {
  const given = plan.args
    .filter(({ name }) => Object.hasOwn(args, name))
    .map(({ name, parameter }) => ({ parameter, argument: name, value: args[name] }))
    .filter(({ value }) => value !== null && value !== undefined)
  const at = (place: Parameter['in']): readonly Given[] =>
    given.filter(({ parameter }) => parameter.in === place)
  const body = encodeBody(plan, args)
  const cookies = [...at('cookie').flatMap(cookiesOf), ...authorization.cookies]
  const headers = headersOf(plan, { given: at('header'), authorization })
  if (body !== undefined) headers.set('content-type', body.contentType)
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const url = urlOf(plan, at('path'), [...at('query').flatMap(queryOf), ...authorization.query])
  return { method: plan.method, url, headers, body: body?.content }
}

/**
 * The path below the base's, each variable a piece of its own segment and of no other. Documents tell operations of one path
 * apart by a query or a fragment in the template: the one is sent, the other is not.
 */
function urlOf(
  { baseUrl, path }: RequestPlan,
  given: readonly Given[],
  query: readonly string[],
): URL {
  const values = new Map(given.map((one) => [one.parameter.name, one]))
  const [template = ''] = path.split('#')
  const [before = '', ...fixed] = template.split('?')
  const segments = before.split('/').map((segment) => {
    if (!segment.includes('{')) return segment
    const expanded = segment.replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) =>
      pathOf(values.get(name), name),
    )
    // Those would be taken out of the URL, or make it another operation's.
    if (/^(?:\.|%2e){0,2}$/i.test(expanded)) {
      throw new ToolError(`"${expanded}" cannot stand in the path ${path}`)
    }
    return expanded
  })
  const url = new URL(baseUrl)
  url.pathname = `${baseUrl.pathname.replace(/\/$/, '')}${segments.join('/')}`
  const search = [...fixed, ...query].join('&')
  return new URL(search === '' ? url.href : `${url.href}?${search}`)
}

function pathOf(given: Given | undefined, name: string): string {
  if (given === undefined) throw new ToolError(`/${name}: must be given`)
  const { parameter, value, argument } = given
  return guarded(argument, () => {
    if (parameter.form === 'content') return percent(contentOf(value))
    const { style, explode } = parameter.form
    // The table of styles has only these three for a path.
    return styleInPath(style as 'matrix' | 'label' | 'simple', {
      name: parameter.name,
      value,
      explode,
    })
  })
}

function queryOf(given: Given): readonly string[] {
  return pairsOf(given).map(([name, text]) => `${name}=${text}`)
}

function pairsOf({ parameter, value, argument }: Given): readonly Pair[] {
  const { form, name } = parameter
  return guarded(argument, () => {
    if (form === 'content') return [[percent(name), percent(contentOf(value))]]
    const encode = form.allowReserved ? percentReserved : percent
    // The table of styles has only these four for a query, and `form` alone for a cookie.
    const style = form.style as 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject'
    return styleInQuery(style, { name, value, explode: form.explode, encode })
  })
}

function cookiesOf(given: Given): readonly string[] {
  return queryOf(given)
}

function headersOf(
  plan: RequestPlan,
  { given, authorization }: { given: readonly Given[]; authorization: Authorization },
): Headers {
  const headers = new Headers({ accept: plan.accept })
  for (const { parameter, value, argument } of given) {
    const { form, name } = parameter
    const text =
      form === 'content'
        ? contentOf(value)
        : simple({ name, value, explode: form.explode, encode: (plain) => plain })
    // What else a header could hold, a line break above all, would end it.
    if (!/^[\t\x20-\x7E]*$/.test(text))
      throw new ToolError(`/${argument}: cannot stand in a header`)
    headers.set(name, text)
  }
  for (const [name, text] of Object.entries(plan.headers)) headers.set(name, text)
  for (const [name, text] of authorization.headers) headers.set(name, text)
  return headers
}

function encodeBody(
  { body }: RequestPlan,
  args: JsonObject,
): ReturnType<Body['encode']> | undefined {
  if (body === undefined || !Object.hasOwn(args, bodyArgument)) return undefined
  return guarded(bodyArgument, () => body.encode(args[bodyArgument]))
}

/** Half of a surrogate pair has no UTF-8 to be encoded as. */
function guarded<T>(argument: string, encode: () => T): T {
  try {
    return encode()
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new ToolError(`/${argument}: is not well-formed text`, { cause: error })
  }
}

/** A parameter with a media type of its own: JSON, unless it is text already. */
function contentOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
