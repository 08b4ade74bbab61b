import { readHeaderParams } from '../../http/param-headers.ts'
import type { HeaderParam } from '../../model/header-param.ts'
import { ErrorCode, RpcError, isOurs } from '../../jsonrpc/error.ts'
import type { SchemaCompiler } from '../../jsonschema/validator.ts'
import { Suspended } from '../../model/asking.ts'
import type { Call, Outcome } from '../../model/call.ts'
import {
  errorResult,
  isContent,
  isToolResult,
  structuredResult,
  textBlock,
} from '../../model/content.ts'
import { ResourceNotFoundError, ToolError } from '../../model/errors.ts'
import type { CallToolResult, Params, Result, Tool } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { CallContext } from '../context.ts'
import type { Context } from '../context.ts'
import type { Elicitor } from '../elicit.ts'
import { createPages } from '../pages.ts'
import type { Pages } from '../pages.ts'
import { prepareSchema } from '../schema.ts'
import type { Checked, PreparedSchema } from '../schema.ts'
import type { ToolDefinition, ToolHandler } from '../types.ts'
import type { Feature } from './feature.ts'

/** What the tools need of their server. */
export interface ToolsOptions {
  readonly compiler: SchemaCompiler
  readonly elicitor: Elicitor
  readonly pageSize: number
  /** Called after a tool came or went. */
  readonly changed: () => void
  readonly report: (error: unknown) => void
}

/** The tools of one server. */
export interface Tools extends Feature {
  /** @throws TypeError when the definition is wrong. A tool of the same name is replaced. */
  add(name: string, definition: ToolDefinition, handler: ToolHandler<never, unknown>): void
  /** Whether there was such a tool. */
  remove(name: string): boolean
  /** The arguments of a tool that headers mirror. */
  mirrored(params: Params): readonly HeaderParam[] | undefined
}

interface PreparedTool {
  readonly definition: Tool
  readonly input: PreparedSchema | undefined
  readonly output: PreparedSchema | undefined
  readonly mirrored: readonly HeaderParam[] | undefined
  readonly handler: (args: unknown, context: Context) => unknown
}

const namePattern = /^[A-Za-z0-9_.-]{1,128}$/
const noArguments: Params = { type: 'object', additionalProperties: false }

/** An empty set of tools. */
export function createTools(options: ToolsOptions): Tools {
  const { elicitor, pageSize, report } = options
  // A call takes its tool when it begins and keeps it, whatever is registered meanwhile.
  const tools = new Map<string, PreparedTool>()
  let pages: Pages | undefined
  const capabilities = { tools: { listChanged: true } }

  function publish(): void {
    pages = undefined
    options.changed()
  }

  function list(call: Call): Outcome {
    pages ??= createPages({
      member: 'tools',
      items: new Map([...tools].map(([name, tool]) => [name, tool.definition])),
      size: pageSize,
    })
    return pages.page(call.params['cursor'])
  }

  function call(request: Call): Outcome | Promise<Outcome> {
    const { name, arguments: given = {} } = request.params
    const tool = typeof name === 'string' ? tools.get(name) : undefined
    if (tool === undefined) {
      const text =
        typeof name === 'string'
          ? `Unknown tool: ${excerpt(name, 128)}`
          : 'params.name must be a string'
      throw new RpcError(ErrorCode.invalidParams, text)
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new RpcError(ErrorCode.invalidParams, 'params.arguments must be an object')
    }
    const checked =
      tool.input === undefined ? { ok: true as const, value: given } : tool.input.check(given)
    return checked instanceof Promise
      ? checked.then((outcome) => run(request, tool, outcome))
      : run(request, tool, checked)
  }

  function run(request: Call, tool: PreparedTool, checked: Checked): Outcome | Promise<Outcome> {
    if (!checked.ok) {
      const text = `Invalid arguments for ${tool.definition.name}\n${checked.text}`
      if (request.revision.argumentFault === 'error') {
        throw new RpcError(ErrorCode.invalidParams, text)
      }
      return errorResult(text) as unknown as Result
    }
    let returned: unknown
    try {
      returned = tool.handler(checked.value, new CallContext(request, elicitor))
    } catch (error) {
      return failure(request, tool, error)
    }
    if (!(returned instanceof Promise)) return finish(tool, returned)
    return returned.then(
      (value) => finish(tool, value),
      (error: unknown) => failure(request, tool, error),
    )
  }

  /** What a tool throws is its result, so that the model can act on it; only what is meant for it is told. */
  function failure(request: Call, tool: PreparedTool, error: unknown): Outcome {
    if (isOurs(error) || error instanceof Suspended) throw error
    if (error instanceof ToolError || error instanceof ResourceNotFoundError) {
      return errorResult(error.message) as unknown as Result
    }
    // What a cancelled call throws is its way of stopping, and nobody hears the result.
    if (!request.signal.aborted) report(error)
    return errorResult(`${tool.definition.name} failed: internal error`) as unknown as Result
  }

  return {
    methods: { 'tools/list': list, 'tools/call': call },
    capabilities: () => (tools.size === 0 ? undefined : capabilities),
    capability: 'tools',
    owns: ({ params }) => tools.has(params['name'] as string),
    add(name, definition, handler) {
      tools.set(name, prepareTool(name, { definition, handler }, options.compiler))
      publish()
    },
    remove(name) {
      const removed = tools.delete(name)
      if (removed) publish()
      return removed
    },
    mirrored: ({ name }) => (typeof name === 'string' ? tools.get(name)?.mirrored : undefined),
  }
}

function prepareTool(
  name: string,
  { definition, handler }: { definition: ToolDefinition; handler: ToolHandler<never, unknown> },
  compiler: SchemaCompiler,
): PreparedTool {
  if (!namePattern.test(name)) {
    throw new TypeError(`tool name "${name}" must be 1 to 128 of A-Z a-z 0-9 _ . -`)
  }
  if (typeof handler !== 'function') throw new TypeError(`tool "${name}" has no handler`)
  try {
    checkMembers(definition)
    const { input, output, ...said } = definition
    const ready = {
      input: input && prepareSchema(input, { direction: 'input', compiler }),
      output: output && prepareSchema(output, { direction: 'output', compiler }),
    }
    const inputSchema = ready.input?.jsonSchema ?? noArguments
    if (inputSchema['type'] !== 'object') throw new TypeError('its input must be an object schema')
    const headers = readHeaderParams(inputSchema)
    if (!headers.ok) throw new TypeError(headers.reason)
    const outputSchema = ready.output?.jsonSchema
    return {
      ...ready,
      definition: {
        name,
        ...said,
        inputSchema,
        ...(outputSchema === undefined ? {} : { outputSchema }),
      },
      mirrored: headers.params.length === 0 ? undefined : headers.params,
      // Its arguments are what `input` checked them to be, which the types of `Server.tool` keep.
      handler: handler as (args: unknown, context: Context) => unknown,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TypeError(`tool "${name}" cannot be registered: ${why}`, { cause: error })
  }
}

const members: ReadonlySet<string> = new Set([
  'title',
  'description',
  'icons',
  'annotations',
  'input',
  'output',
  '_meta',
])

/** A member under another name would be left out without a word, and its schema would check nothing. */
function checkMembers(definition: ToolDefinition): void {
  for (const [name, value] of Object.entries(definition)) {
    if (!members.has(name)) {
      const meant = name.replace('Schema', '')
      const hint = members.has(meant) ? `: did you mean ${meant}?` : ''
      throw new TypeError(`its definition has no member ${name}${hint}`)
    }
    if (value === null) throw new TypeError(`${name} must not be null`)
  }
}

function finish(tool: PreparedTool, value: unknown): Outcome | Promise<Outcome> {
  if (tool.output === undefined) return toResult(value) as unknown as Result
  const whole = isToolResult(value) && (value.isError === true || 'structuredContent' in value)
  if (whole && value.isError === true) return value as unknown as Result
  const structured = whole ? value.structuredContent : value
  const checked = tool.output.check(structured)
  const keep = (outcome: Checked): Outcome => {
    if (!outcome.ok) {
      throw new McpError(
        'ERR_OUTPUT',
        `${tool.definition.name} gave what its output schema refuses\n${outcome.text}`,
      )
    }
    return (whole ? value : structuredResult(outcome.value)) as unknown as Result
  }
  return checked instanceof Promise ? checked.then(keep) : keep(checked)
}

function toResult(value: unknown): CallToolResult {
  if (typeof value === 'string') return { content: [textBlock(value)] }
  if (value === undefined) return { content: [] }
  if (isContent(value)) return { content: value }
  if (isToolResult(value)) return value
  return structuredResult(value)
}
