import { describe, expect, test } from 'vitest'
import type { ServerEntry } from './config.ts'
import { readConfig } from './read-config.ts'
import type { Variables } from './variables.ts'

const variables: Variables = {
  env: { TOKEN: 'secret', EMPTY: '', SNEAKY: '${TOKEN}' },
  inputs: { key: 'typed' },
  workspaceFolder: '/place/project',
  userHome: '/place',
}

function read(value: unknown, own: Variables = variables): readonly ServerEntry[] {
  return readConfig(value, own).servers
}

const command = {
  command: 'npx',
  args: ['-y', 'pkg'],
  env: { K: 'v' },
  cwd: undefined,
  envFile: undefined,
}
const plain = { command: 'npx', args: ['-y', 'pkg'], env: { K: 'v' } }
const remote = { url: 'https://x.example/mcp', headers: { A: 'b' } }

describe('the forms of hosts', () => {
  const forms: readonly [host: string, config: unknown][] = [
    ['Claude Desktop, Cursor, LM Studio', { mcpServers: { a: plain, b: remote } }],
    [
      'Claude Code',
      {
        mcpServers: { a: { type: 'stdio', ...plain }, b: { type: 'http', ...remote } },
        projects: {},
      },
    ],
    [
      'VS Code',
      { inputs: [], servers: { a: { type: 'stdio', ...plain }, b: { type: 'http', ...remote } } },
    ],
    [
      'Windsurf',
      { mcpServers: { a: plain, b: { serverUrl: remote.url, headers: remote.headers } } },
    ],
    [
      'Cline',
      { mcpServers: { a: plain, b: { type: 'streamableHttp', ...remote, disabled: false } } },
    ],
    [
      'Gemini CLI',
      { mcpServers: { a: plain, b: { httpUrl: remote.url, headers: remote.headers } } },
    ],
    [
      'Copilot CLI',
      { mcpServers: { a: { type: 'local', ...plain }, b: { type: 'http', ...remote } } },
    ],
    [
      'Continue',
      {
        mcpServers: [
          { name: 'a', ...plain },
          { name: 'b', type: 'streamable-http', ...remote },
        ],
      },
    ],
    ['Zed', { theme: 'x', context_servers: { a: plain, b: remote } }],
    [
      'Zed, older',
      {
        context_servers: {
          a: { command: { path: 'npx', ...plain, command: undefined } },
          b: remote,
        },
      },
    ],
    [
      'opencode',
      {
        mcp: {
          a: { type: 'local', command: ['npx', '-y', 'pkg'], environment: { K: 'v' } },
          b: { type: 'remote', ...remote, enabled: true },
        },
      },
    ],
    ['opencode 2', { mcp: { servers: { a: { ...plain, disabled: false }, b: remote } } }],
    [
      'Codex, as a TOML parser gives it',
      { mcp_servers: { a: plain, b: { url: remote.url, http_headers: remote.headers } } },
    ],
    [
      'Goose, as a YAML parser gives it',
      {
        extensions: {
          a: { type: 'stdio', cmd: 'npx', args: ['-y', 'pkg'], envs: { K: 'v' }, enabled: true },
          b: { type: 'streamable_http', uri: remote.url, headers: remote.headers },
        },
      },
    ],
    [
      'mcphost, as a YAML parser gives it',
      {
        mcpServers: {
          a: { type: 'local', command: ['npx', '-y', 'pkg'], environment: { K: 'v' } },
          b: { type: 'remote', url: remote.url, headers: ['A: b'] },
        },
      },
    ],
  ]
  test.each(forms)('%s', (_host, config) => {
    expect(read(config)).toMatchObject([
      { name: 'a', enabled: true, target: command },
      { name: 'b', enabled: true, target: remote },
    ])
  })
})

describe('references', () => {
  const braces: readonly [text: string, value: string][] = [
    ['${TOKEN}', 'secret'],
    ['${env:TOKEN}', 'secret'],
    ['${env://TOKEN:-x}', 'secret'],
    ['Bearer ${TOKEN}!', 'Bearer secret!'],
    ['${MISSING:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY}', ''],
    ['${MISSING:-}', ''],
    ['${input:key}', 'typed'],
    ['${workspaceFolder}/a', '/place/project/a'],
    ['${workspaceFolderBasename}', 'project'],
    ['${userHome}${pathSeparator}a${/}b', '/place/a/b'],
    ['${{ secrets.TOKEN }}', 'secret'],
    // What a value holds is no reference.
    ['${SNEAKY}', '${TOKEN}'],
    ['$TOKEN and {env:TOKEN}', '$TOKEN and {env:TOKEN}'],
  ]
  test.each(braces)('%s', (text, value) => {
    const [entry] = read({
      mcpServers: { a: { command: text + 'x', args: [text], env: { K: text } } },
    })
    expect(entry).toMatchObject({
      target: { command: `${value}x`, args: [value], env: { K: value } },
    })
  })

  test('stand in a URL and in headers', () => {
    const url = 'https://x.example/${TOKEN}'
    const [entry] = read({ servers: { a: { url, headers: { A: '${input:key}' } } } })
    expect(entry).toMatchObject({
      target: { url: 'https://x.example/secret', headers: { A: 'typed' } },
    })
  })

  test('are written otherwise by opencode and by Gemini CLI, and not at all by Zed', () => {
    const of = (root: string, text: string, own = variables): unknown =>
      read({ [root]: { a: { command: 'x', env: { K: text } } } }, own)
    expect(of('mcp', '{env:TOKEN}')).toMatchObject([{ target: { env: { K: 'secret' } } }])
    const dollar = { ...variables, dollar: true }
    expect(of('mcpServers', 'a$TOKEN', dollar)).toMatchObject([
      { target: { env: { K: 'asecret' } } },
    ])
    expect(of('context_servers', '${TOKEN}')).toMatchObject([
      { target: { env: { K: '${TOKEN}' } } },
    ])
  })

  test('may be names of variables: to pass on, for headers, for a token', () => {
    const servers = read({
      mcp_servers: {
        a: { command: 'x', env_vars: ['TOKEN', 'MISSING'], env: { K: 'v' } },
        b: {
          url: 'https://x.example/',
          bearer_token_env_var: 'TOKEN',
          env_http_headers: { 'X-Key': 'TOKEN' },
        },
        c: { url: 'https://x.example/', bearer_token_env_var: 'MISSING' },
      },
    })
    expect(servers).toMatchObject([
      { target: { env: { TOKEN: 'secret', K: 'v' } } },
      { target: { headers: { authorization: 'Bearer secret', 'X-Key': 'secret' } } },
      { fault: 'mcp_servers.c: MISSING is no variable that is set' },
    ])
  })
})

describe('an entry that cannot be used', () => {
  const faults: readonly [entry: unknown, fault: string][] = [
    [{}, 'it has no command and no url'],
    ['npx secret', 'it has no command and no url'],
    [
      { command: 'x', url: 'https://secret.example' },
      'it has a command and a url: say which by its type',
    ],
    [{ type: 'ws', url: 'wss://secret' }, 'a server of its type cannot be connected to'],
    [{ type: 'stdio' }, 'command must be a string'],
    [{ command: '' }, 'command is empty'],
    [{ command: 7 }, 'command must be a string'],
    [{ command: 'x', args: 'secret' }, 'args must be a list'],
    [{ command: 'x', args: [{}] }, 'args[0] must be a string'],
    [{ command: 'x', env: ['secret'] }, 'env must be an object'],
    [{ command: 'x', env: { K: null } }, 'env.K must be a string'],
    [{ command: 'x', env: { K: '${MISSING}' } }, 'env.K: MISSING is no variable that is set'],
    [{ command: 'x', env: { K: '${input:other}' } }, 'env.K: ${input:other} needs the input other'],
    [
      { command: 'x', env: { K: '${config:a.b}' } },
      'env.K: ${config:a.b} is no reference that is known',
    ],
    [{ command: 'x', cwd: '${toString}' }, 'toString is no variable that is set'],
    [{ url: 'file:///secret' }, 'url must be an http: or https: URL'],
    [{ url: 'https://' }, 'url must be an http: or https: URL'],
    [{ url: 'https://x.example', headers: ['secret'] }, 'headers[0] must be "Name: value"'],
    [{ command: 'x', includeTools: 'a,b' }, 'a list of tools must be a list'],
    [{ command: 'x', timeout: -1 }, 'a timeout must be a positive number'],
  ]
  test.each(faults)('%j says why and where, without values', (entry, fault) => {
    const servers = read({ mcpServers: { bad: entry, good: plain } })
    expect(servers).toMatchObject([
      { name: 'bad', fault: `mcpServers.bad: ${fault}` },
      { name: 'good', target: command },
    ])
    expect(JSON.stringify(servers[0])).not.toContain('secret')
  })
})

test('numbers and booleans in the environment are taken as they are written', () => {
  const [entry] = read({ mcpServers: { a: { command: 'x', env: { PORT: 80, DEBUG: true } } } })
  expect(entry).toMatchObject({ target: { env: { PORT: '80', DEBUG: 'true' } } })
})

test.each([
  [{ disabled: true }, false],
  [{ enabled: false }, false],
  [{ enabled: true, disabled: false }, true],
])('%j is %j', (switched, enabled) => {
  expect(read({ mcpServers: { a: { ...plain, ...switched } } })).toMatchObject([{ enabled }])
})

test.each([
  [{}, { allow: undefined, deny: [] }],
  [
    { includeTools: ['a'], excludeTools: ['b'] },
    { allow: ['a'], deny: ['b'] },
  ],
  [
    { enabled_tools: [], disabled_tools: ['b'] },
    { allow: [], deny: ['b'] },
  ],
  [
    { allowedTools: ['a'], excludedTools: ['b'] },
    { allow: ['a'], deny: ['b'] },
  ],
  [{ tools: ['*'] }, { allow: ['*'], deny: [] }],
  [{ tools: { X: { approval_mode: 'prompt' } } }, { allow: undefined, deny: [] }],
  [{ available_tools: [] }, { allow: undefined, deny: [] }],
  [{ available_tools: ['a'] }, { allow: ['a'], deny: [] }],
  [{ disabledTools: ['b'] }, { allow: undefined, deny: ['b'] }],
])('%j lets through %j', (lists, tools) => {
  expect(read({ mcpServers: { a: { ...plain, ...lists } } })).toMatchObject([{ tools }])
})

test.each([
  [{ timeout: 60_000 }, undefined, 60_000],
  [{ timeout: 60 }, undefined, 60_000],
  [{ startup_timeout_sec: 10, tool_timeout_sec: 2.5 }, 10_000, 2_500],
  [{ initTimeout: 500 }, 500, undefined],
])('%j is in milliseconds', (given, startTimeoutMs, requestTimeoutMs) => {
  expect(read({ mcpServers: { a: { ...plain, ...given } } })).toMatchObject([
    { startTimeoutMs, requestTimeoutMs },
  ])
})

test('what a fleet does not do is told', () => {
  const { warnings } = readConfig({
    mcpServers: { a: { ...remote, headersHelper: 'x', oauth: { clientId: 'secret' } } },
    servers: { a: plain, b: { ...plain, sandboxEnabled: true } },
  })
  expect(warnings).toEqual([
    'mcpServers.a: headersHelper is not supported; left out',
    'mcpServers.a: oauth is not supported; left out',
    'servers.a: there is a server of this name before; left out',
    'servers.b: it is not run in a sandbox, though sandboxEnabled says so',
  ])
})

test.each([{}, [], 'x', undefined, { mcpServers: 7 }])('%j has no servers', (value) => {
  expect(() => readConfig(value)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }) as Error)
})
