import { readHeaderParams } from '../../http/param-headers.ts'
import type { HeaderParam } from '../../model/header-param.ts'
import { ErrorCode, RpcError, isOurs } from '../../jsonrpc/error.ts'
import type { SchemaCompiler } from '../../jsonschema/validator.ts'
import { Suspended } from '../../model/asking.ts'
import type { Call, Caller, Outcome } from '../../model/call.ts'
import {
  errorResult,
  isContent,
  isToolResult,
  structuredResult,
  textBlock,
} from '../../model/content.ts'
import { ResourceNotFoundError, ToolError, wantsPages } from '../../model/errors.ts'
import type { Concerns } from '../../model/notice.ts'
import type { CallToolResult, Params, Result, Tool } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { CallContext } from '../context.ts'
import type { Context } from '../context.ts'
import { checkListed, checkTool } from '../definition-check.ts'
import type { Elicitor } from '../elicit.ts'
import { unknownMember } from '../explain.ts'
import type { Named } from '../kinds.ts'
import type { ListCache } from '../list-cache.ts'
import { createListing } from '../listing.ts'
import type { Mask } from '../mask.ts'
import { emptiedFlaw, isMeantAsResult, refuseReturned, toolResultFlaw } from '../returned.ts'
import { prepareSchema } from '../schema.ts'
import type { Checked, PreparedSchema } from '../schema.ts'
import { readScopes, requireScopes } from '../scopes.ts'
import type { Scopes } from '../scopes.ts'
import type { ToolDefinition, ToolHandler } from '../types.ts'
import { checkVisible } from '../visibility.ts'
import type { Visibility, Visible } from '../visibility.ts'
import type { Feature } from './feature.ts'

/** What the tools need of their server. */
export interface ToolsOptions {
  readonly compiler: SchemaCompiler
  readonly elicitor: Elicitor
  readonly pageSize: number
  readonly visibility: Visibility
  readonly cache?: ListCache | undefined
  /** Called after a tool came or went, with whom that concerns if not everybody. */
  readonly changed: (concerns: Concerns | undefined) => void
  /** Refuses a call of a tool that is not there. */
  readonly refuseUnknown: (call: Call) => Promise<never>
  readonly mask: Mask
  /** Whether callers are authorized over HTTP. */
  readonly authorizes: boolean
}

/** The tools of one server. */
export interface Tools extends Feature {
  /** @throws TypeError when the definition is wrong. A tool of the same name is replaced. */
  add(name: string, definition: ToolDefinition, handler: ToolHandler<never, unknown>): void
  /** Whether there was such a tool. */
  remove(name: string): boolean
  /** The arguments of a tool that headers mirror. */
  mirrored(call: Call): readonly HeaderParam[] | undefined
}

interface PreparedTool {
  readonly definition: Tool
  readonly input: PreparedSchema | undefined
  readonly output: PreparedSchema | undefined
  readonly mirrored: readonly HeaderParam[] | undefined
  readonly visible: Visible | undefined
  readonly scopes: Scopes
  readonly handler: (args: unknown, context: Context) => unknown
}

const namePattern = /^[A-Za-z0-9_.-]{1,128}$/
const noArguments: Params = { type: 'object', additionalProperties: false }

/** An empty set of tools. */
export function createTools(options: ToolsOptions): Tools {
  const { elicitor, pageSize, visibility, mask } = options
  // A call takes its tool when it begins and keeps it, whatever is registered meanwhile.
  const tools = new Map<string, PreparedTool>()
  const listing = createListing({
    member: 'tools',
    entries: tools,
    size: pageSize,
    visibility,
    cache: options.cache?.['tools/list'],
  })
  const capabilities = { tools: { listChanged: true } }

  function publish(...changed: (PreparedTool | undefined)[]): void {
    listing.reset()
    const visible = changed.flatMap((tool) => (tool === undefined ? [] : [tool.visible]))
    options.changed(visibility.concerns(...visible))
  }

  /** The tool that a call names, if its caller may see it. */
  function find({ params: { name } }: Named, caller: Caller | undefined): PreparedTool | undefined {
    const tool = typeof name === 'string' ? tools.get(name) : undefined
    if (tool?.visible === undefined) return tool
    return visibility.sees(tool.visible, caller) ? tool : undefined
  }

  function call(request: Call): Outcome | Promise<Outcome> {
    const { arguments: given = {} } = request.params
    const tool = find(request, request)
    if (tool === undefined) return options.refuseUnknown(request)
    if (tool.scopes !== undefined) requireScopes(tool.scopes, request.auth)
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new RpcError(ErrorCode.invalidParams, 'params.arguments must be an object')
    }
    const checked = tool.input === undefined ? checkNone(given) : tool.input.check(given)
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
      (value) => finishLate(request, tool, value),
      (error: unknown) => failure(request, tool, error),
    )
  }

  /** What a cancelled call gives is its way of stopping, and nobody hears the result: neither does `onError` what is wrong with it. */
  function finishLate(
    request: Call,
    tool: PreparedTool,
    value: unknown,
  ): Outcome | Promise<Outcome> {
    try {
      return finish(tool, value)
    } catch (error) {
      if (!request.signal.aborted) throw error
      return failure(request, tool, error)
    }
  }

  /** What a tool throws is its result, so that the model can act on it; only what is meant for it is told. */
  function failure(request: Call, tool: PreparedTool, error: unknown): Outcome {
    if (isOurs(error) || error instanceof Suspended || wantsPages(error)) throw error
    if (error instanceof ToolError || error instanceof ResourceNotFoundError) {
      return errorResult(error.message) as unknown as Result
    }
    // What a cancelled call throws is its way of stopping, and nobody hears the result.
    const id = request.signal.aborted ? '' : ` (id ${mask(error, request)})`
    return errorResult(`${tool.definition.name} failed: internal error${id}`) as unknown as Result
  }

  return {
    methods: {
      'tools/list': (request) => listing.page(request.params['cursor'], request),
      'tools/call': call,
    },
    capabilities: () => (tools.size === 0 ? undefined : capabilities),
    capability: 'tools',
    find(named, caller) {
      const tool = find(named, caller)
      return tool && { kind: 'tool', item: tool.definition, scopes: tool.scopes }
    },
    scopes: () => [...tools.values()].flatMap(({ scopes = [] }) => scopes),
    add(name, definition, handler) {
      const tool = prepareTool(name, { definition, handler }, options)
      const before = tools.get(name)
      tools.set(name, tool)
      publish(before, tool)
    },
    remove(name) {
      const before = tools.get(name)
      if (tools.delete(name)) publish(before)
      return before !== undefined
    },
    mirrored: (request) => find(request, request)?.mirrored,
  }
}

function prepareTool(
  name: string,
  { definition, handler }: { definition: ToolDefinition; handler: ToolHandler<never, unknown> },
  { compiler, authorizes }: Pick<ToolsOptions, 'compiler' | 'authorizes'>,
): PreparedTool {
  if (!namePattern.test(name)) {
    throw new TypeError(`tool name "${name}" must be 1 to 128 of A-Z a-z 0-9 _ . -`)
  }
  if (typeof handler !== 'function') throw new TypeError(`tool "${name}" has no handler`)
  try {
    checkTool(definition)
    const { input, output, visible, scopes, ...said } = definition
    checkVisible('its definition', visible)
    const ready = {
      input: input && prepareSchema(input, { direction: 'input', compiler, strict: true }),
      output: output && prepareSchema(output, { direction: 'output', compiler }),
    }
    const inputSchema = ready.input?.jsonSchema ?? noArguments
    if (inputSchema['type'] !== 'object') throw new TypeError('its input must be an object schema')
    const headers = readHeaderParams(inputSchema)
    if (!headers.ok) throw new TypeError(headers.reason)
    const outputSchema = ready.output?.jsonSchema
    const listed = {
      name,
      ...said,
      inputSchema,
      ...(outputSchema === undefined ? {} : { outputSchema }),
    }
    checkListed('its definition', listed)
    return {
      ...ready,
      definition: listed,
      mirrored: headers.params.length === 0 ? undefined : headers.params,
      visible,
      scopes: readScopes('its definition', scopes, authorizes),
      // Its arguments are what `input` checked them to be, which the types of `Server.tool` keep.
      handler: handler as (args: unknown, context: Context) => unknown,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TypeError(`tool "${name}" cannot be registered: ${why}`, { cause: error })
  }
}

function finish(tool: PreparedTool, value: unknown): Outcome | Promise<Outcome> {
  if (tool.output === undefined) return toResult(tool, value) as unknown as Result
  const whole = isToolResult(value) && (value.isError === true || 'structuredContent' in value)
  if (whole && value.isError === true) return checked(tool, value) as unknown as Result
  const structured = whole ? value.structuredContent : value
  const verdict = tool.output.check(structured)
  const keep = (outcome: Checked): Outcome => {
    if (!outcome.ok) {
      throw new McpError(
        'ERR_OUTPUT',
        `${tool.definition.name} gave what its output schema refuses\n${outcome.text}`,
      )
    }
    return (whole ? checked(tool, value) : structure(tool, outcome.value)) as unknown as Result
  }
  return verdict instanceof Promise ? verdict.then(keep) : keep(verdict)
}

function toResult(tool: PreparedTool, value: unknown): CallToolResult {
  if (typeof value === 'string') return { content: [textBlock(value)] }
  if (value === undefined) return { content: [] }
  if (isContent(value)) return checked(tool, { content: value })
  if (isToolResult(value) || isMeantAsResult(value)) return checked(tool, value as CallToolResult)
  return structure(tool, value)
}

/** @throws TypeError when a block, or the structured content, cannot be sent as it is. */
function checked(tool: PreparedTool, result: CallToolResult): CallToolResult {
  refuseReturned(nameFor(tool), toolResultFlaw(result))
  return result
}

/** @throws TypeError when JSON would leave out what is in it. */
function structure(tool: PreparedTool, value: unknown): CallToolResult {
  let result: CallToolResult
  try {
    result = structuredResult(value)
  } catch (error) {
    refuseReturned(nameFor(tool), emptiedFlaw(value))
    throw error
  }
  // Whatever JSON makes nothing of is written so; a walk through every value would cost each call.
  if (textOf(result).includes('{}')) refuseReturned(nameFor(tool), emptiedFlaw(value))
  return result
}

function textOf({ content: [block] }: CallToolResult): string {
  return block?.type === 'text' ? block.text : ''
}

function nameFor({ definition }: PreparedTool): string {
  return `tool "${definition.name}"`
}

/** The arguments of a tool that takes none. */
function checkNone(given: object): Checked {
  const [name] = Object.keys(given)
  if (name === undefined) return { ok: true, value: given }
  return { ok: false, text: `/: ${unknownMember(name, undefined)}: it takes no arguments` }
}
