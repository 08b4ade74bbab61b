// A server of several processes, as a program that a test starts: `node program.mjs`, told what to do by its environment.
import { appendFileSync } from 'node:fs'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { createServer } from '../../src/server/index.ts'
import type { ServerExtension } from '../../src/server/index.ts'
import { serve } from '../../src/node/index.ts'

const { WORKERS = '3', SECRET, LOG = '', FAIL, AUTH, LIMITS = '{}', PORT = '0' } = process.env

function log(...what: readonly unknown[]): void {
  appendFileSync(LOG, `${what.join(' ')}\n`)
}

// Which process a request reached first, whoever answers it: what one worker passes on to another comes by no address.
subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage }
  if (request.socket.remoteAddress === undefined) return
  log('request', process.pid, request.method, request.headers['mcp-session-id'] ?? request.url)
})

const notes: ServerExtension = {
  id: 'com.example/notes',
  methods: {
    'notes/add': {
      answer() {
        publishNote()
        return {}
      },
    },
  },
  topics: [{ member: 'notes', method: 'notifications/notes/added', offered: () => true }],
  started({ publish }) {
    publishNote = () => publish({ method: 'notifications/notes/added', params: {} })
  },
}
let publishNote = (): void => {}

if (FAIL === 'always' && process.env['MORTISE_WORKER'] !== undefined) process.exit(3)
const server = createServer({
  name: 'many',
  version: '1.0.0',
  limits: JSON.parse(LIMITS) as Record<string, number>,
  http: {
    sse: true,
    ...(AUTH === undefined
      ? {}
      : {
          authorize(request) {
            const [, subject] = /^Bearer (\w+)$/.exec(request.header('authorization') ?? '') ?? []
            return subject === undefined
              ? { refused: true, status: 401 as const }
              : { subject, scopes: [] }
          },
        }),
  },
})
  .tool('where', {}, () => String(process.pid))
  .tool('greet', {}, async (_args, ctx) => {
    const answer = await ctx.elicit('name', 'Who are you?', {
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
    })
    const name = answer.action === 'accept' ? answer.content['name'] : 'nobody'
    await ctx.once('effect', () => log('effect'))
    return `${name} at ${process.pid}`
  })
  .tool('touch', {}, () => {
    server.updated('memo://one')
    return String(process.pid)
  })
  .tool('grow', {}, () => {
    server.tool('grown', {}, () => 'grown')
    return String(process.pid)
  })
  .tool('note', {}, () => {
    publishNote()
    return String(process.pid)
  })
  .tool('slow', {}, async (_args, { progress, signal }) => {
    progress(1)
    log('running', process.pid)
    await new Promise((resolve) => {
      process.once('SIGUSR2', resolve)
      signal.addEventListener('abort', resolve)
    })
    progress(2)
    return 'finished'
  })
  .tool('crash', {}, () => process.exit(7))
  .tool('large', {}, () => 'x'.repeat(2_000_000))
  .resource('memo://one', { name: 'one' }, () => 'one')
  .extend(notes)

const serving = await serve(server, {
  transport: 'http',
  port: Number(PORT),
  workers: Number(WORKERS),
  ...(SECRET === undefined ? {} : { secrets: [SECRET] }),
  onListening(url) {
    log('listening', process.pid)
    process.stdout.write(`listening ${url}\n`)
  },
})
log('serving', process.pid)
process.on('SIGHUP', () => void serving.close())
await serving.done.then(
  () => log('done', process.pid),
  (error: unknown) => log('failed', (error as { code?: unknown }).code),
)
