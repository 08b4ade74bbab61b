import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { resolveLimits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { createCallbacks } from '../callbacks.ts'
import type { Client, ConnectOptions, RequestOptions } from '../types.ts'
import { lets } from './config.ts'
import type { FleetConfig, ToolFilter } from './config.ts'
import { gather } from './gather.ts'
import { createMember } from './member.ts'
import type { ConnectEntry, Member } from './member.ts'
import { prefixOf, publicName, splitName } from './names.ts'
import type { Fleet, FleetOptions, FleetPrompt, FleetResource, FleetTool, Origin } from './types.ts'

/** A member, and what stands before the names of what it offers. */
interface Ship {
  readonly member: Member
  readonly prefix: string
  /** Public names that cannot be taken apart, and what the server calls them. */
  tools: ReadonlyMap<string, string>
  prompts: ReadonlyMap<string, string>
}

/** A fleet on one platform. */
export function createFleetOn(
  connectEntry: ConnectEntry,
  { servers, warnings }: FleetConfig,
  options: FleetOptions,
): Fleet {
  const { runtime = systemRuntime } = options
  const limits = resolveLimits(options.limits)
  const { guard } = createCallbacks(
    options.onError === undefined ? {} : { onError: options.onError },
  )
  const warn = (warning: string, server: string | undefined): void =>
    guard(() => options.onWarning?.(warning, server))

  const members = servers.map((entry) =>
    createMember(entry, {
      connectEntry,
      options: connectOptions(entry.name),
      limits,
      runtime,
      onStatus: (status) => guard(() => options.onStatus?.(status)),
    }),
  )
  const ships = members.filter(({ entry }) => entry.enabled).map((member) => newShip(member))
  const byName = new Map(ships.map((ship) => [ship.member.entry.name, ship]))
  const byPrefix = new Map(ships.map((ship) => [ship.prefix, ship]))
  for (const warning of warnings) warn(warning, undefined)

  function connectOptions(server: string): ConnectOptions {
    return optionsFor(options, server, (warning) => warn(warning, server))
  }

  function find(name: string): Ship {
    const ship = byName.get(name)
    if (ship !== undefined) return ship
    throw new McpError('ERR_NO_SERVER', `the fleet has no server ${excerpt(name, 100)}`)
  }

  /** Whoever stops reading it early ends the requests that are still under way. */
  async function* list<T extends Origin>(
    read: (ship: Ship, client: Client, asked: RequestOptions) => Promise<readonly T[]>,
    asked: RequestOptions,
  ): AsyncGenerator<T, void, undefined> {
    const leaving = new AbortController()
    const leave = (): void => leaving.abort(asked.signal?.reason)
    if (asked.signal?.aborted === true) leave()
    asked.signal?.addEventListener('abort', leave, { once: true, signal: leaving.signal })
    const own = { ...asked, signal: leaving.signal }
    try {
      yield* gather(ships, async (ship) => {
        try {
          return await read(ship, await ship.member.client(own), own)
        } catch (error) {
          if (!leaving.signal.aborted) {
            const text = error instanceof Error ? error.message : String(error)
            warn(`it is left out of a list: ${text}`, ship.member.entry.name)
          }
          return []
        }
      })
    } finally {
      leaving.abort(new McpError('ERR_CANCELLED', 'the list is not read any further'))
    }
  }

  async function readTools(
    ship: Ship,
    client: Client,
    asked: RequestOptions,
  ): Promise<readonly FleetTool[]> {
    if (client.server.capabilities.tools === undefined) return []
    const found: FleetTool[] = []
    const known = new Map<string, string>() // its own: another list may be read at the same time
    for await (const tool of client.tools(asked)) {
      if (!lets(filterOf(ship), tool.name)) continue
      const named = rename(ship, known, tool)
      if (named === undefined) warn(twice(tool.name), ship.member.entry.name)
      else found.push(named)
    }
    ship.tools = known
    return found
  }

  async function readPrompts(
    ship: Ship,
    client: Client,
    asked: RequestOptions,
  ): Promise<readonly FleetPrompt[]> {
    if (client.server.capabilities.prompts === undefined) return []
    const found: FleetPrompt[] = []
    const known = new Map<string, string>()
    for await (const prompt of client.prompts(asked)) {
      const named = rename(ship, known, prompt)
      if (named === undefined) warn(twice(prompt.name), ship.member.entry.name)
      else found.push(named)
    }
    ship.prompts = known
    return found
  }

  async function readResources(
    { prefix, member }: Ship,
    client: Client,
    asked: RequestOptions,
  ): Promise<readonly FleetResource[]> {
    if (client.server.capabilities.resources === undefined) return []
    const found: FleetResource[] = []
    for await (const resource of client.resources(asked)) {
      const { name } = resource
      const origin = { server: member.entry.name, ownName: name }
      found.push({ ...resource, name: publicName(prefix, name), ...origin })
    }
    return found
  }

  /** The client and the server's own name for a public one. */
  async function route(
    name: string,
    {
      kind,
      learn,
      asked,
    }: {
      kind: 'tools' | 'prompts'
      learn: (ship: Ship, client: Client) => Promise<unknown>
      asked: RequestOptions
    },
  ): Promise<{ client: Client; own: string; ship: Ship }> {
    const split = splitName(name)
    const ship = split === undefined ? undefined : byPrefix.get(split.prefix)
    if (split === undefined || ship === undefined) throw unknown(kind, name)
    const client = await ship.member.client(asked)
    let own = split.own ?? ship[kind].get(name)
    if (own === undefined) {
      await learn(ship, client)
      own = ship[kind].get(name)
    }
    if (own === undefined) throw unknown(kind, name)
    return { client, own, ship }
  }

  async function routeTool(
    name: string,
    asked: RequestOptions,
  ): Promise<{ client: Client; own: string; ship: Ship }> {
    const learn = (ship: Ship, client: Client): Promise<unknown> => readTools(ship, client, asked)
    const { client, own, ship } = await route(name, { kind: 'tools', learn, asked })
    if (!lets(filterOf(ship), own)) throw unknown('tools', name)
    return { client, own, ship }
  }

  async function close(): Promise<void> {
    await Promise.all(members.map((member) => member.close()))
  }

  return {
    servers: ships.map(({ member }) => member.entry.name),
    status: () => members.map((member) => member.status()),
    server: async (name, asked = {}) => await find(name).member.client(asked),
    tools: (asked = {}) => list(readTools, asked),
    async tool(name, asked = {}) {
      const { client, ship } = await routeTool(name, asked)
      const found = (await readTools(ship, client, asked)).find((tool) => tool.name === name)
      if (found === undefined) throw unknown('tools', name)
      return found
    },
    resources: (asked = {}) => list(readResources, asked),
    prompts: (asked = {}) => list(readPrompts, asked),
    async call(name, args = {}, asked = {}) {
      const { client, own } = await routeTool(name, asked)
      return await client.call(own, args, asked)
    },
    async callTool(name, args = {}, asked = {}) {
      const { client, own } = await routeTool(name, asked)
      return await client.callTool(own, args, asked)
    },
    async getPrompt(name, args = {}, asked = {}) {
      const learn = (ship: Ship, client: Client): Promise<unknown> =>
        readPrompts(ship, client, asked)
      const { client, own } = await route(name, { kind: 'prompts', learn, asked })
      return await client.getPrompt(own, args, asked)
    },
    async readResource(server, uri, asked = {}) {
      const client = await find(server).member.client(asked)
      return await client.readResource(uri, asked)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function newShip(member: Member): Ship {
  return { member, prefix: prefixOf(member.entry.name), tools: new Map(), prompts: new Map() }
}

const everything: ToolFilter = { allow: undefined, deny: [] }

function filterOf({ member: { entry } }: Ship): ToolFilter {
  return 'tools' in entry ? entry.tools : everything
}

/** The item under its public name; undefined when one of the server's has that already. */
function rename<T extends { readonly name: string }>(
  { prefix, member }: Ship,
  known: Map<string, string>,
  item: T,
): (T & Origin) | undefined {
  const ownName = item.name
  const name = publicName(prefix, ownName)
  if (known.has(name)) return undefined
  known.set(name, ownName)
  return { ...item, name, ownName, server: member.entry.name }
}

function twice(name: string): string {
  return `${excerpt(name, 100)} was left out of a list: it is there already`
}

function optionsFor(
  { connect = {}, onListChanged }: FleetOptions,
  server: string,
  warn: (warning: string) => void,
): ConnectOptions {
  const own = typeof connect === 'function' ? connect(server) : connect
  const onWarning = (warning: string): void => {
    own.onWarning?.(warning)
    warn(warning)
  }
  if (onListChanged === undefined) return { ...own, onWarning }
  return {
    ...own,
    onWarning,
    onListChanged(list) {
      own.onListChanged?.(list)
      onListChanged(list, server)
    },
  }
}

function unknown(kind: 'tools' | 'prompts', name: string): McpError {
  const shown = excerpt(name, 100)
  if (kind === 'prompts') return new McpError('ERR_NO_PROMPT', `the fleet has no prompt ${shown}`)
  return new McpError('ERR_NO_TOOL', `the fleet has no tool ${shown}, or it is kept back`)
}
