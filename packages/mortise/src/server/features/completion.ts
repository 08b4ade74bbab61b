import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Caller, Outcome } from '../../model/call.ts'
import { firstFlaw, textFlaw } from '../../model/content-fault.ts'
import type { Completion } from '../../model/types.ts'
import { refuseReturned } from '../returned.ts'
import { requireScopes } from '../scopes.ts'
import type { Scopes } from '../scopes.ts'
import type { Named, Offered } from '../kinds.ts'
import type { Completer } from '../types.ts'
import { unknownName } from '../unknown.ts'
import type { Feature } from './feature.ts'
import type { Prompts } from './prompts.ts'
import type { Resources } from './resources.ts'

/** What completion needs of its server. */
export interface CompletionOptions {
  readonly prompts: Prompts
  readonly resources: Resources
  readonly maxValues: number
}

/** Completion of the arguments of prompts and of the variables of templates (server/utilities, "Completion"). */
export function createCompletion({ prompts, resources, maxValues }: CompletionOptions): Feature {
  const capabilities = { completions: {} }

  async function complete(call: Call): Promise<Outcome> {
    const { argument, context } = call.params
    const found = look(call, call)
    if (found === undefined) throw unknownName(call)
    const { completers, scopes } = found
    requireScopes(scopes, call.auth)
    const { name, value } = readArgument(argument)
    const completer = completers.get(name)
    if (completer === undefined) return { completion: { values: [] } }
    const chosen = { arguments: readChosen(context), signal: call.signal }
    return { completion: bounded(await completer(value, chosen), maxValues) }
  }

  /** What a reference names, if `caller` may see it. */
  function look(
    { params: { ref } }: Named,
    caller: Caller | undefined,
  ): { completers: ReadonlyMap<string, Completer>; scopes: Scopes; offered: Offered } | undefined {
    const { type, name, uri } = (ref ?? {}) as { type?: unknown; name?: unknown; uri?: unknown }
    if (type === 'ref/prompt') {
      const prompt = prompts.look(name, caller)
      if (prompt === undefined) return undefined
      const { definition: item, scopes } = prompt
      return { ...prompt, offered: { kind: 'prompt', item, scopes } }
    }
    const family = type === 'ref/resource' ? resources.look(uri, caller) : undefined
    if (family === undefined) return undefined
    const { definition: item, scopes } = family
    return { ...family, offered: { kind: 'resourceTemplate', item, scopes } }
  }

  return {
    methods: { 'completion/complete': complete },
    // Every prompt and every template may be asked about; most answer that they know nothing.
    capabilities: () =>
      prompts.capabilities() === undefined && resources.capabilities() === undefined
        ? undefined
        : capabilities,
    capability: 'completions',
    find: (named, caller) => look(named, caller)?.offered,
  }
}

function readArgument(argument: unknown): { name: string; value: string } {
  const { name, value } = (argument ?? {}) as { name?: unknown; value?: unknown }
  if (typeof name === 'string' && typeof value === 'string') return { name, value }
  throw new RpcError(
    ErrorCode.invalidParams,
    'params.argument must have a name and a value, both strings',
  )
}

function readChosen(context: unknown): Readonly<Record<string, string>> {
  const { arguments: chosen } = (context ?? {}) as { arguments?: unknown }
  if (typeof chosen !== 'object' || chosen === null) return {}
  return Object.fromEntries(
    Object.entries(chosen).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

/** @throws TypeError when they are no texts. */
function bounded(given: readonly string[] | Completion, maxValues: number): Completion {
  const { values, total, hasMore }: Completion = isList(given) ? { values: given } : given
  const flaw = Array.isArray(values)
    ? firstFlaw(values, (value) => textFlaw('', value))
    : { pointer: '', what: 'is no list of values' }
  refuseReturned('a completer', flaw)
  const cut = values.length > maxValues
  const known = total ?? (cut ? values.length : undefined)
  return {
    values: values.slice(0, maxValues),
    ...(known === undefined ? {} : { total: known }),
    ...(cut || hasMore !== undefined ? { hasMore: cut || hasMore === true } : {}),
  }
}

function isList(given: readonly string[] | Completion): given is readonly string[] {
  return Array.isArray(given)
}
