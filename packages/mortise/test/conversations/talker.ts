import { createServer, ToolError } from '../../src/server/index.ts'
import type { Context, Server } from '../../src/server/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'

/** Calls that a peer may have at once: few, so that a place which is lost is missed. */
export const places = 8

/** What a call is asked to do. */
export const tools = [
  'quick',
  'slow',
  'stubborn',
  'steps',
  'asks',
  'fails',
  'breaks',
  'logs',
] as const
export type Tool = (typeof tools)[number]

/** One handler at work, or done. */
export interface Run {
  readonly token: string
  readonly tool: Tool
  /** Read where the tool uses it. */
  readonly signal: AbortSignal | undefined
  readonly context: Context
  ended: boolean
  /** Lets a handler that waits go on to its end. */
  release(): void
}

/** The server of a conversation, whose handlers do what they are told when they are told. */
export interface Talker {
  readonly server: Server
  readonly runs: readonly Run[]
  /** What the server masked. */
  readonly errors: readonly unknown[]
}

interface Asked {
  readonly token: string
  readonly count: number
}

const input = {
  type: 'object',
  properties: { token: { type: 'string' }, count: { type: 'integer' } },
  required: ['token', 'count'],
} as const
const form = { type: 'object', properties: { said: { type: 'string' } } } as const

/** A talker on `runtime`. */
export function createTalker(runtime: TestRuntime): Talker {
  const runs: Run[] = []
  const errors: unknown[] = []
  const server = createServer({
    name: 'talker',
    version: '1.0.0',
    runtime,
    limits: { maxCallsPerPeer: places, drainMs: 5_000 },
    onError: (error) => void errors.push(error),
  })

  function begin(tool: Tool, { token }: Asked, context: Context, release: () => void): Run {
    const signal = tool === 'slow' || tool === 'stubborn' ? context.signal : undefined
    const run: Run = { tool, token, signal, context, ended: false, release }
    runs.push(run)
    return run
  }

  /** Adds a tool that notes when it begins and ends. */
  function add(tool: Tool, work: (asked: Asked, context: Context) => Promise<unknown>): void {
    server.tool(tool, { input }, async (asked, context) => {
      const run = begin(tool, asked, context, () => {})
      try {
        return await work(asked, context)
      } finally {
        run.ended = true
      }
    })
  }

  function addWaiting(tool: 'slow' | 'stubborn'): void {
    server.tool(tool, { input }, ({ token }, context) => {
      return new Promise((resolve, reject) => {
        const asked = { token, count: 0 }
        const run = begin(tool, asked, context, () => end(() => resolve({ token })))
        const end = (settle: () => void): void => {
          run.ended = true
          settle()
        }
        if (tool === 'slow') {
          run.signal?.addEventListener('abort', () => end(() => reject(new ToolError('stopped'))))
        }
      })
    })
  }

  server.tool('quick', { input }, (asked, context) => {
    begin('quick', asked, context, () => {}).ended = true
    return { token: asked.token }
  })
  addWaiting('slow')
  addWaiting('stubborn')
  add('steps', async ({ token, count }, { progress }) => {
    for (let step = 1; step <= count; step++) {
      progress(step, count, token)
      if (step % 2 === 0) await Promise.resolve()
    }
    return { token }
  })
  add('asks', async ({ token }, { elicit, progress }) => {
    progress(1)
    const answer = await elicit('what', token, form)
    return { token, said: answer.action === 'accept' ? answer.content.said : answer.action }
  })
  add('fails', ({ token }) => Promise.reject(new ToolError(token)))
  add('breaks', ({ token }) => Promise.reject(new Error(`broken ${token}`)))
  add('logs', async ({ token, count }, { log }) => {
    for (let line = 1; line <= count; line++) log('warning', `${token} ${line}`)
    await Promise.resolve()
    return { token }
  })
  return { server, runs, errors }
}
