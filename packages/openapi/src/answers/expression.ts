import { decodePointer } from '../document/resolver.ts'
import type { JsonObject } from '../record.ts'
import type { Argument } from '../tools/arguments.ts'
import { bodyArgument } from '../tools/arguments.ts'

/** A call and its answer, as far as runtime expressions may see them: credentials are in neither. */
export interface Exchange {
  readonly method: string
  readonly status: number
  readonly headers: Headers
  /** The answer's JSON; undefined when it is something else. */
  readonly body: unknown
  readonly args: readonly Argument[]
  /** The values of the arguments. */
  readonly given: JsonObject
}

/**
 * The value of a runtime expression (OpenAPI 3.1, "Runtime Expressions"), or a constant as it is; undefined when the exchange
 * does not have it. Expressions in braces are put into the text around them.
 */
export function evaluate(expression: unknown, exchange: Exchange): unknown {
  if (typeof expression !== 'string') return expression
  if (expression.startsWith('$')) return valueOf(expression, exchange)
  if (!expression.includes('{$')) return expression
  let complete = true
  const text = expression.replaceAll(/\{(\$[^{}]+)\}/g, (_whole, inner: string) => {
    const value = valueOf(inner, exchange)
    complete &&= value !== undefined
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  return complete ? text : undefined
}

function valueOf(expression: string, exchange: Exchange): unknown {
  const { method, status, headers, body, given } = exchange
  if (expression === '$method') return method
  if (expression === '$statusCode') return status
  const [, side, source = ''] = /^\$(request|response)\.(.+)$/.exec(expression) ?? []
  const [place = '', pointer = ''] = source.split(/#(.*)/s)
  if (place === 'body') return lookUp(side === 'request' ? given[bodyArgument] : body, pointer)
  const [, kind, name = ''] = /^(header|query|path)\.(.+)$/.exec(source) ?? []
  if (side === 'response') return kind === 'header' ? (headers.get(name) ?? undefined) : undefined
  const argument = exchange.args.find(
    ({ parameter }) => parameter.in === kind && parameter.name === name,
  )
  return argument === undefined ? undefined : given[argument.name]
}

function lookUp(value: unknown, pointer: string): unknown {
  let place = value
  for (const name of decodePointer(pointer)) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined
    place = (place as JsonObject)[name]
  }
  return place
}
