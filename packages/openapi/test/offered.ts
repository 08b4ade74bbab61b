import type { CallToolResult, Tool } from 'mortise/server'
import { createServer } from 'mortise/server'
import { connectInProcess } from 'mortise/testing'
import type { TestConnectOptions } from 'mortise/testing'
import { openApi } from '../src/index.ts'
import type { OpenApiOptions, OpenApiSource, OpenApiWarning } from '../src/index.ts'

/** A document that a server offers, as a client sees it. */
export interface Offered {
  readonly tools: readonly Tool[]
  readonly warnings: readonly OpenApiWarning[]
  tool(name: string): Tool
  call(name: string, args?: Readonly<Record<string, unknown>>): Promise<CallToolResult>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Mounts a document in a server and connects a client. */
export async function offer(
  source: OpenApiSource,
  options: OpenApiOptions = {},
  connecting: TestConnectOptions = {},
): Promise<Offered> {
  const warnings: OpenApiWarning[] = []
  const onWarning = (warning: OpenApiWarning): void => void warnings.push(warning)
  const server = createServer({ name: 'test', version: '1.0.0', onError: () => {} })
  const provider = await openApi(source, { onWarning, ...options })
  server.mount(provider)
  const client = await connectInProcess(server, connecting)
  const tools: Tool[] = []
  // A server without any does not have the method.
  if (provider.capabilities().tools !== undefined) {
    for await (const tool of client.tools()) tools.push(tool)
  }
  const close = async (): Promise<void> => {
    await client.close()
    await server.close()
  }
  return {
    tools,
    warnings,
    tool(name) {
      const found = tools.find((tool) => tool.name === name)
      if (found === undefined) throw new TypeError(`there is no tool ${name}`)
      return found
    },
    call: async (name, args = {}) => await client.callTool(name, args),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A document of OpenAPI 3.1 with these paths. */
export function documentOf(
  paths: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { openapi: '3.1.0', info: { title: 'An API', version: '1.0.0' }, paths, ...rest }
}
