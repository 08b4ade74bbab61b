import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Outcome } from '../../model/call.ts'
import type { Completion } from '../../model/types.ts'
import type { Completer } from '../types.ts'
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
    const { ref, argument, context } = call.params
    const completers = known(ref)
    const { name, value } = readArgument(argument)
    const completer = completers.get(name)
    if (completer === undefined) return { completion: { values: [] } }
    const chosen = { arguments: readChosen(context), signal: call.signal }
    return { completion: bounded(await completer(value, chosen), maxValues) }
  }

  function findCompleters(ref: unknown): ReadonlyMap<string, Completer> | undefined {
    const { type, name, uri } = (ref ?? {}) as { type?: unknown; name?: unknown; uri?: unknown }
    if (type === 'ref/prompt' && typeof name === 'string') return prompts.completers(name)
    if (type === 'ref/resource' && typeof uri === 'string') return resources.completers(uri)
    return undefined
  }

  function known(ref: unknown): ReadonlyMap<string, Completer> {
    const completers = findCompleters(ref)
    if (completers !== undefined) return completers
    throw new RpcError(
      ErrorCode.invalidParams,
      'params.ref must name a prompt or a resource template of this server',
    )
  }

  return {
    methods: { 'completion/complete': complete },
    // Every prompt and every template may be asked about; most answer that they know nothing.
    capabilities: () =>
      prompts.capabilities() === undefined && resources.capabilities() === undefined
        ? undefined
        : capabilities,
    capability: 'completions',
    owns: ({ params }) => findCompleters(params['ref']) !== undefined,
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

function bounded(given: readonly string[] | Completion, maxValues: number): Completion {
  const { values, total, hasMore }: Completion = isList(given) ? { values: given } : given
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
