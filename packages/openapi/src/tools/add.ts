import type { Server, ToolDefinition } from 'mortise/server'
import { readLinks } from '../answers/links.ts'
import type { LinkedTool } from '../answers/links.ts'
import { labelOf, readOperations } from '../document/operations.ts'
import type { RawOperation } from '../document/operation.ts'
import { createResolver } from '../document/resolver.ts'
import type { Document } from '../document/source.ts'
import { LeftOut } from '../errors.ts'
import type { OpenApiOptions, OpenApiWarning } from '../options.ts'
import { isRecord, textOf } from '../record.ts'
import type { Places } from '../requests/places.ts'
import { createSchemas } from '../schema/convert.ts'
import { readAlternatives, readSchemes } from '../security/schemes.ts'
import { createHandler } from './handler.ts'
import type { Api } from './handler.ts'
import { createNames, nameOf, plainName } from './name.ts'
import { planTool } from './plan.ts'
import type { ToolPlan } from './plan.ts'

/** A document, and everything that its tools share. */
export interface AddOptions {
  readonly document: Document
  readonly places: Places
  readonly api: Api
  /** Filled with every tool that is added. */
  readonly linked: Map<string, LinkedTool>
  readonly options: OpenApiOptions
}

/** Adds a tool for every operation that can be offered; `onWarning` hears of the others. */
export function addTools(server: Server, given: AddOptions): void {
  const { document, api, options } = given
  const { include = () => true } = options
  const { maxOperations, maxWarnings } = api.limits
  const warn = createWarner(options.onWarning ?? warnOnConsole, maxWarnings)
  const resolver = createResolver(document.root)
  const add = createAdder(server, given, warn)
  const leave = (operation: string, error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error)
    warn({ operation, message: `${operation} is left out: ${why}` })
  }
  let count = 0
  for (const operation of readOperations(document.root, { resolver, leave })) {
    if (operation.hint === false || !include(operation)) continue
    count += 1
    if (count > maxOperations) continue
    try {
      add(operation)
    } catch (error) {
      leave(labelOf(operation), error)
    }
  }
  const tooMany = count - maxOperations
  if (tooMany <= 0) return
  const message = `${tooMany} operations after the first ${maxOperations} are left out (maxOperations): choose with include`
  warn({ operation: undefined, message })
}

type Warn = (warning: OpenApiWarning) => void

/** A hostile document could have as much to warn of as it is long. */
function createWarner(onWarning: Warn, maxWarnings: number): Warn {
  let count = 0
  return (warning) => {
    count += 1
    if (count < maxWarnings) onWarning(warning)
    if (count !== maxWarnings) return
    onWarning({ operation: undefined, message: 'there is more to warn of (maxWarnings)' })
  }
}

/** Adds one operation at a time. It throws when that cannot be offered. */
function createAdder(
  server: Server,
  { document: { root, old }, places, api, linked, options }: AddOptions,
  onWarning: Warn,
): (operation: RawOperation) => void {
  const { outputSchemas = true } = options
  const { limits } = api
  const resolver = createResolver(root)
  const schemas = createSchemas({
    resolver,
    old,
    maxValues: limits.maxToolSchemaValues,
    maxAllValues: limits.maxAllSchemaValues,
    maxInlineValues: limits.maxInlineValues,
  })
  const schemes = readSchemes(root, resolver)
  const unique = createNames()
  return (operation) => {
    const label = labelOf(operation)
    const warn = (message: string): void =>
      onWarning({ operation: label, message: `${label}: ${message}` })
    const alternatives = readAlternatives(operation.security ?? root['security'], schemes)
    if (alternatives.length === 0) {
      throw new LeftOut('it needs a security scheme that cannot be sent')
    }
    const shared = { resolver, schemas, limits, outputSchemas, warn }
    const plan = planTool(operation, alternatives, shared)
    const baseUrl = places.baseUrl(operation.servers)
    const links = readLinks(operation.responses, resolver)
    const ready = { operation, plan, baseUrl, alternatives, links }
    const name = unique(wantedName(operation, options))
    server.tool(name, definitionOf(plan), createHandler(ready, api))
    linked.set(label, { name, args: plan.args })
    if (operation.operationId !== undefined)
      linked.set(operation.operationId, { name, args: plan.args })
  }
}

function definitionOf({
  title,
  description,
  annotations,
  input,
  output,
}: ToolPlan): ToolDefinition {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    annotations,
    input,
    ...(output === undefined ? {} : { output: output.schema }),
  }
}

function wantedName(operation: RawOperation, { name }: OpenApiOptions): string {
  const { hint } = operation
  const wanted = name?.(operation) ?? (isRecord(hint) ? textOf(hint['name']) : undefined)
  return (wanted === undefined ? '' : plainName(wanted)) || nameOf(operation)
}

function warnOnConsole({ message }: { readonly message: string }): void {
  // oxlint-disable-next-line no-console -- what is left out must not go unseen where nobody listens
  console.warn(message)
}
