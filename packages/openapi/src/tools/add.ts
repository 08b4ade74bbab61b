import type { Server, ToolDefinition } from 'mortise/server'
import { readLinks } from '../answers/links.ts'
import type { LinkedTool } from '../answers/links.ts'
import { labelOf, readOperations } from '../document/operations.ts'
import type { RawOperation } from '../document/operation.ts'
import { createResolver } from '../document/resolver.ts'
import type { Document } from '../document/source.ts'
import { LeftOut } from '../errors.ts'
import type { OpenApiOptions } from '../options.ts'
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
  const { include = () => true, onWarning = warnOnConsole } = options
  const { maxOperations } = api.limits
  const resolver = createResolver(document.root)
  const add = createAdder(server, given)
  const leave = (operation: string, error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error)
    onWarning({ operation, message: `${operation} is left out: ${why}` })
  }
  let count = 0
  let tooMany = 0
  for (const operation of readOperations(document.root, { resolver, leave })) {
    if (operation.hint === false || !include(operation)) continue
    if (count >= maxOperations) {
      tooMany += 1
      continue
    }
    try {
      add(operation)
      count += 1
    } catch (error) {
      leave(labelOf(operation), error)
    }
  }
  if (tooMany === 0) return
  const message = `${tooMany} operations after the first ${count} are left out (maxOperations): choose with include`
  onWarning({ operation: undefined, message })
}

/** Adds one operation at a time. It throws when that cannot be offered. */
function createAdder(
  server: Server,
  { document: { root, old }, places, api, linked, options }: AddOptions,
): (operation: RawOperation) => void {
  const { outputSchemas = true, onWarning = warnOnConsole } = options
  const { limits } = api
  const resolver = createResolver(root)
  const { maxToolSchemaValues: maxValues, maxInlineValues } = limits
  const schemas = createSchemas({ resolver, old, maxValues, maxInlineValues })
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
