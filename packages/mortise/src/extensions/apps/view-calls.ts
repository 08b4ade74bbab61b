import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Client } from '../../client/types.ts'
import type { Params, Result, Tool } from '../../model/types.ts'
import { excerpt } from '../../std/excerpt.ts'
import { toolUi } from './link.ts'
import { refusedCode } from './types.ts'
import { isObject } from '../../std/object.ts'

/** The server of a view: the one and only that its calls reach. */
export type ViewServer = Pick<Client, 'callTool' | 'readResource' | 'tools'>

/** What a view may ask of its server. */
export interface ViewCalls {
  callTool(params: Params, signal: AbortSignal): Promise<Result>
  readResource(params: Params, signal: AbortSignal): Promise<Result>
  /** Forgets which tools there are. */
  forget(): void
}

/** Says whether a view may call a tool now: to ask the user, say. */
export type ApproveCall = (call: {
  readonly name: string
  readonly arguments: Params
}) => boolean | Promise<boolean>

/** Passes calls of a view on to its own server, those of tools that are for pages alone (Apps, "Visibility"). */
export function createViewCalls(server: ViewServer, approve: ApproveCall = () => true): ViewCalls {
  type Tools = ReadonlyMap<string, Tool>
  let known: Tools | undefined
  let listing: Promise<Tools> | undefined

  async function readTools(): Promise<Tools> {
    const tools = new Map<string, Tool>()
    for await (const tool of server.tools()) tools.set(tool.name, tool)
    return tools
  }

  /** One list at a time, however many calls wait for it. */
  async function list(): Promise<Tools> {
    const own = (listing ??= readTools())
    try {
      const tools = await own
      // It may be old already.
      if (listing === own) known = tools
      return tools
    } finally {
      if (listing === own) listing = undefined
    }
  }

  async function find(name: string): Promise<Tool | undefined> {
    // What is not known may be new.
    return known?.get(name) ?? (await list()).get(name)
  }

  return {
    async callTool({ name, arguments: args = {} }, signal) {
      if (typeof name !== 'string') throw invalid('name must be a string')
      if (!isObject(args)) throw invalid('arguments must be an object')
      const tool = await find(name)
      if (tool === undefined) throw invalid(`Unknown tool: ${excerpt(name, 128)}`)
      if (!toolUi(tool).visibility.includes('app')) {
        throw new RpcError(refusedCode, `${excerpt(name, 128)} is not for pages`)
      }
      if (!(await approve({ name, arguments: args }))) {
        throw new RpcError(refusedCode, 'The call was refused')
      }
      signal.throwIfAborted()
      return (await server.callTool(name, args, { signal })) as unknown as Result
    },
    async readResource({ uri }, signal) {
      if (typeof uri !== 'string') throw invalid('uri must be a string')
      return (await server.readResource(uri, { signal })) as unknown as Result
    },
    forget() {
      known = undefined
      listing = undefined
    },
  }
}

function invalid(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}
