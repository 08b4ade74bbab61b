import { readObject } from '../../eras/conversation.ts'
import { McpError } from '../../std/error.ts'
import { ConfigFault } from './config-fault.ts'
import type { EntryTarget, FleetConfig, ServerEntry, ToolFilter } from './config.ts'
import { expand, ownVariable } from './variables.ts'
import type { Syntax, Variables } from './variables.ts'

type Entry = Readonly<Record<string, unknown>>

const braces: Syntax = { braces: true, envBraces: false }

/** Where hosts keep their servers, and how they write references there. */
const roots: Readonly<Record<string, Syntax>> = {
  mcpServers: braces,
  servers: braces,
  context_servers: { braces: false, envBraces: false },
  mcp_servers: { braces: false, envBraces: false },
  mcp: { braces: true, envBraces: true },
  extensions: braces,
}

/** Of a host, and not of a fleet: what it asks for is not done. */
const unsupported = ['headersHelper', 'oauth', 'auth', 'apiKey', 'obo', 'proxy']

/**
 * Reads the configuration of a host, as it was parsed: `mcpServers` (Claude, Cursor, Windsurf, Gemini CLI, Copilot CLI, Cline,
 * LM Studio; a list in Continue), `servers` (VS Code), `context_servers` (Zed), `mcp` (opencode), `mcp_servers` (Codex) and
 * `extensions` (Goose). An entry that cannot be used does not hide the others.
 * @throws McpError `ERR_CONFIG` when there are no servers in it at all.
 */
export function readConfig(value: unknown, variables: Variables = {}): FleetConfig {
  const servers: ServerEntry[] = []
  const warnings: string[] = []
  const names = new Set<string>()
  for (const { place, name, entry, syntax } of entriesOf(value)) {
    const at = `${place}.${name}`
    if (names.has(name)) {
      warnings.push(`${at}: there is a server of this name before; left out`)
      continue
    }
    names.add(name)
    const filling = {
      fill: (text: string) => expand(text, variables, syntax),
      variable: (own: string) => ownVariable(own, variables),
    }
    servers.push(readEntry(entry, { name, at, filling }))
    for (const key of unsupported) {
      if (readObject(entry)[key] !== undefined)
        warnings.push(`${at}: ${key} is not supported; left out`)
    }
    if (readObject(entry)['sandboxEnabled'] === true) {
      warnings.push(`${at}: it is not run in a sandbox, though sandboxEnabled says so`)
    }
  }
  return { servers, warnings }
}

interface Found {
  readonly place: string
  readonly name: string
  readonly entry: unknown
  readonly syntax: Syntax
}

function* entriesOf(value: unknown): Generator<Found> {
  let found = false
  for (const [root, syntax] of Object.entries(roots)) {
    const { place, list } = listAt(readObject(value), root)
    if (typeof list !== 'object' || list === null) continue
    found = true
    const pairs = Array.isArray(list)
      ? list.map((entry, index) => [nameOf(entry) ?? String(index), entry] as const)
      : Object.entries(list)
    for (const [name, entry] of pairs) yield { place, name, entry, syntax }
  }
  if (found) return
  const places = Object.keys(roots).join(', ')
  throw new McpError('ERR_CONFIG', `the configuration has no servers: none of ${places} is in it`)
}

/** Some have their servers one level deeper: `mcp.servers`. */
function listAt(config: Entry, root: string): { place: string; list: unknown } {
  const inner = readObject(config[root])['servers']
  const isNested = root === 'mcp' && typeof inner === 'object'
  return isNested ? { place: `${root}.servers`, list: inner } : { place: root, list: config[root] }
}

function nameOf(entry: unknown): string | undefined {
  const { name } = readObject(entry)
  return typeof name === 'string' ? name : undefined
}

/** What stands for references. */
interface Filling {
  /** @throws ConfigFault when a reference has no value. */
  readonly fill: (text: string) => string
  /** A variable of ours. */
  readonly variable: (name: string) => string | undefined
}

function readEntry(
  value: unknown,
  { name, at, filling }: { name: string; at: string; filling: Filling },
): ServerEntry {
  const entry = readObject(value)
  const enabled = entry['enabled'] !== false && entry['disabled'] !== true
  try {
    return {
      name,
      enabled,
      target: readTarget(entry, filling),
      tools: readFilter(entry),
      ...readTimeouts(entry),
    }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    return { name, enabled, fault: `${at}: ${error.message}` }
  }
}

const transports: ReadonlyMap<unknown, 'command' | 'url'> = new Map([
  ['stdio', 'command'],
  ['local', 'command'],
  ['http', 'url'],
  ['streamable-http', 'url'],
  ['streamable_http', 'url'],
  ['streamableHttp', 'url'],
  ['sse', 'url'],
  ['remote', 'url'],
])

function readTarget(entry: Entry, filling: Filling): EntryTarget {
  const type = entry['type'] ?? entry['transport']
  const command = entry['command'] ?? entry['cmd']
  const url = entry['url'] ?? entry['httpUrl'] ?? entry['serverUrl'] ?? entry['uri']
  if (type === undefined && command !== undefined && url !== undefined) {
    throw new ConfigFault('it has a command and a url: say which by its type')
  }
  const kind = type === undefined ? guessed(command, url) : transports.get(type)
  if (kind === undefined) throw new ConfigFault('a server of its type cannot be connected to')
  return kind === 'command' ? readCommand(command, entry, filling) : readUrl(url, entry, filling)
}

function guessed(command: unknown, url: unknown): 'command' | 'url' {
  if (command === undefined && url === undefined)
    throw new ConfigFault('it has no command and no url')
  return command === undefined ? 'url' : 'command'
}

function readCommand(command: unknown, entry: Entry, filling: Filling): EntryTarget {
  const { fill } = filling
  // One list of all words, an object, or a string beside its arguments.
  const own = Array.isArray(command) ? {} : readObject(command)
  const [program, ...words] = Array.isArray(command) ? command : [own['path'] ?? command]
  const args = [...words, ...readList(own['args'] ?? entry['args'] ?? [], 'args')]
  const { cwd, envFile } = entry
  const declared = own['env'] ?? entry['env'] ?? entry['environment'] ?? entry['envs'] ?? {}
  return {
    command: notEmpty(fill(readText(program, 'command')), 'command'),
    args: args.map((word, index) => fill(readText(word, `args[${index}]`))),
    env: { ...passedOn(entry, filling), ...readTexts(declared, 'env', fill) },
    cwd: cwd === undefined || cwd === '' ? undefined : fill(readText(cwd, 'cwd')),
    envFile:
      envFile === undefined || envFile === '' ? undefined : fill(readText(envFile, 'envFile')),
  }
}

/** Variables of ours that are named to be passed on. One that is not set is not passed on. */
function passedOn(entry: Entry, { variable }: Filling): Record<string, string> {
  const names = readList(entry['env_vars'] ?? entry['env_keys'] ?? [], 'env_vars')
  return Object.fromEntries(
    names.flatMap((item) => {
      const name = readText(item, 'env_vars')
      const value = variable(name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

function readUrl(url: unknown, entry: Entry, filling: Filling): EntryTarget {
  const { fill } = filling
  const text = fill(readText(url, 'url'))
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new ConfigFault('url must be an http: or https: URL')
  }
  const given = entry['headers'] ?? entry['http_headers'] ?? {}
  const headers = Array.isArray(given)
    ? Object.fromEntries(given.map((line, index) => readHeader(line, `headers[${index}]`)))
    : given
  const token = entry['bearer_token_env_var']
  const named = readTexts(entry['env_http_headers'] ?? {}, 'env_http_headers', (text) => text)
  return {
    url: text,
    headers: {
      ...readTexts(headers, 'headers', fill),
      ...Object.fromEntries(
        Object.entries(named).map(([name, from]) => [name, needVariable(from, filling)]),
      ),
      ...(token === undefined
        ? {}
        : {
            authorization: `Bearer ${needVariable(readText(token, 'bearer_token_env_var'), filling)}`,
          }),
    },
  }
}

function needVariable(name: string, { variable }: Filling): string {
  const value = variable(name)
  if (value === undefined) throw new ConfigFault(`${name.slice(0, 80)} is no variable that is set`)
  return value
}

function readHeader(line: unknown, place: string): [name: string, value: string] {
  const match = /^([^:\s]+):\s*(.*)$/.exec(readText(line, place))
  if (match === null) throw new ConfigFault(`${place} must be "Name: value"`)
  const [, name = '', value = ''] = match
  return [name, value]
}

function readFilter(entry: Entry): ToolFilter {
  const allow =
    entry['includeTools'] ??
    entry['enabled_tools'] ??
    entry['allowedTools'] ??
    entry['allowed_tools'] ??
    (Array.isArray(entry['tools']) ? entry['tools'] : undefined)
  // In Goose an empty list is none.
  const available = entry['available_tools']
  const some = Array.isArray(available) && available.length > 0 ? available : undefined
  const deny =
    entry['excludeTools'] ??
    entry['disabled_tools'] ??
    entry['excludedTools'] ??
    entry['disabledTools'] ??
    []
  const names = (list: unknown): readonly string[] =>
    readList(list, 'a list of tools').map((name) => readText(name, 'the name of a tool'))
  const given = allow ?? some
  return { allow: given === undefined ? undefined : names(given), deny: names(deny) }
}

/** Hosts that count `timeout` in seconds have none of sixteen minutes, and those that count in milliseconds none of one second. */
const leastMs = 1_000

function readTimeouts(entry: Entry): {
  startTimeoutMs: number | undefined
  requestTimeoutMs: number | undefined
} {
  const timeout = readNumber(entry['timeout'], 1)
  const shared = timeout !== undefined && timeout < leastMs ? timeout * 1_000 : timeout
  return {
    startTimeoutMs:
      readNumber(entry['startup_timeout_sec'], 1_000) ?? readNumber(entry['initTimeout'], 1),
    requestTimeoutMs:
      readNumber(entry['tool_timeout_sec'] ?? entry['read_timeout_seconds'], 1_000) ?? shared,
  }
}

function readNumber(value: unknown, unitMs: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value > 0) return Math.ceil(value * unitMs)
  throw new ConfigFault('a timeout must be a positive number')
}

function readList(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new ConfigFault(`${place} must be a list`)
}

function readText(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new ConfigFault(`${place} must be a string`)
}

function notEmpty(text: string, place: string): string {
  if (text === '') throw new ConfigFault(`${place} is empty`)
  return text
}

/** Strings by name. Numbers and booleans are taken as they are written. */
function readTexts(
  value: unknown,
  place: string,
  fill: (text: string) => string,
): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigFault(`${place} must be an object`)
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (typeof item === 'number' || typeof item === 'boolean') return [name, String(item)]
      if (typeof item !== 'string') throw new ConfigFault(`${place}.${name} must be a string`)
      try {
        return [name, fill(item)]
      } catch (error) {
        if (!(error instanceof ConfigFault)) throw error
        throw new ConfigFault(`${place}.${name}: ${error.message}`)
      }
    }),
  )
}
