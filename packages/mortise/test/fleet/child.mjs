// A server of the session era on stdio that does to its host what servers do. Arguments: its name, and a file in which it
// counts how often it was started. Each start offers another tool beside the common ones. In its environment, FAILS_FROM is
// the start from which on it dies before it answers anything.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , name = 'child', file] = process.argv
const starts = file === undefined ? 1 : count(file)
if (starts >= Number(process.env.FAILS_FROM ?? Infinity)) {
  process.stderr.write(`start ${starts}: no API key\n`)
  process.exit(7)
}

const inputSchema = { type: 'object' }
const tools = {
  pid: () => String(process.pid),
  [`only-${starts}`]: () => `start ${starts}`,
  env: () => JSON.stringify(process.env),
  cwd: () => process.cwd(),
  echo: (args) => JSON.stringify(args),
  'with.dots and spaces': () => 'a name that no model takes',
  hangs: () => undefined,
  leaves: () => process.exit(0),
  crashes: () => {
    process.stderr.write('about to crash\n')
    process.exit(9)
  },
}
const answers = {
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {}, prompts: {}, resources: {} },
    serverInfo: { name, version: `${starts}.0.0` },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: Object.keys(tools).map((tool) => ({ name: tool, inputSchema })) }),
  'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
  'prompts/get': () => ({
    messages: [{ role: 'user', content: { type: 'text', text: `greet from ${name}` } }],
  }),
  'resources/list': () => ({ resources: [{ uri: 'memo://one', name: 'one' }] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, text: `memo of ${name}` }] }),
  'tools/call': ({ name: tool, arguments: args }) => {
    const text = tools[tool]?.(args)
    return text === undefined ? undefined : { content: [{ type: 'text', text }] }
  },
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined || method === undefined) return
  const answer = answers[method]
  if (answer === undefined) say({ id, error: { code: -32601, message: 'Method not found' } })
  else if (tools[params?.name] === undefined && method === 'tools/call') {
    say({ id, error: { code: -32602, message: `Unknown tool: ${params?.name}` } })
  } else {
    const result = answer(params)
    if (result !== undefined) say({ id, result })
  }
})

function say(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function count(path) {
  let before = 0
  try {
    before = Number(readFileSync(path, 'utf8'))
  } catch {
    // The first start.
  }
  writeFileSync(path, String(before + 1))
  return before + 1
}
