import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import type { ParamsOf, TypedMethod } from '../model/method-types.ts'
import type { Params } from '../model/types.ts'
import { badCursor } from './pages.ts'
import { isObject } from '../std/object.ts'

type Check = (params: Params) => void

/** What must hold for the parameters of each method to be what their types say. */
const checks: Readonly<Record<TypedMethod, Check>> = {
  'server/discover': () => {},
  'tools/list': checkCursor,
  'resources/list': checkCursor,
  'resources/templates/list': checkCursor,
  'prompts/list': checkCursor,
  'tools/call'({ name, arguments: given }) {
    need(typeof name === 'string', 'params.name must be a string')
    need(given === undefined || isObject(given), 'params.arguments must be an object')
  },
  'resources/read': ({ uri }) => need(typeof uri === 'string', 'params.uri must be a URI'),
  'prompts/get'({ name, arguments: given }) {
    need(typeof name === 'string', 'params.name must be a string')
    need(given === undefined || isObject(given), 'params.arguments must be an object')
    need(areStrings(given), 'params.arguments must be strings')
  },
  'completion/complete'({ ref, argument, context }) {
    need(isRef(ref), 'params.ref must name a prompt or a resource template of this server')
    const { name, value } = isObject(argument) ? argument : {}
    const isNamed = typeof name === 'string' && typeof value === 'string'
    need(isNamed, 'params.argument must have a name and a value, both strings')
    const { arguments: chosen } = isObject(context) ? context : {}
    const isKnown = context === undefined || isObject(context)
    need(isKnown && areStrings(chosen), 'params.context.arguments must be strings')
  },
}

/** Whether a method is one whose parameters have types. */
export function isTyped(method: string): method is TypedMethod {
  return Object.hasOwn(checks, method)
}

/** @throws RpcError -32602 when the parameters are not what `method` takes. */
export function checkParams<M extends TypedMethod>(
  method: M,
  params: Params,
): asserts params is ParamsOf<M> {
  checks[method](params)
}

function checkCursor({ cursor }: Params): void {
  if (cursor !== undefined && typeof cursor !== 'string') throw badCursor()
}

function isRef(ref: unknown): boolean {
  if (!isObject(ref)) return false
  const { type, name, uri } = ref
  return type === 'ref/prompt' ? typeof name === 'string' : typeof uri === 'string'
}

function areStrings(value: unknown): boolean {
  if (value === undefined) return true
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string')
}

function need(holds: boolean, message: string): void {
  if (!holds) throw new RpcError(ErrorCode.invalidParams, message)
}
