import { afterAll, beforeAll, expect } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import type { Server, ServerOptions } from '../../src/server/index.ts'
import { statelessMeta } from '../post.ts'

/** A server whose tools count that they ran: bad input must leave the count alone. */
export interface Target {
  readonly server: Server
  /** How often `touch` and `region` ran. */
  readonly ran: () => number
  /** What the server masked. */
  readonly errors: readonly unknown[]
}

/** The server that hostile input is thrown at. `echo` is what a good request calls. */
export function createTarget(options: Partial<ServerOptions> = {}): Target {
  let ran = 0
  const errors: unknown[] = []
  const server = createServer({
    name: 'target',
    version: '1.0.0',
    onError: (error) => void errors.push(error),
    ...options,
  })
    .tool('echo', { input: { type: 'object' } }, (args) => args)
    .tool('touch', { input: { type: 'object' } }, () => {
      ran += 1
      return 'touched'
    })
    .tool(
      'region',
      {
        input: {
          type: 'object',
          properties: {
            region: { type: 'string', 'x-mcp-header': 'Region' },
            zone: { type: 'integer', 'x-mcp-header': 'Zone' },
            dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
          },
        },
      },
      () => {
        ran += 1
        return 'there'
      },
    )
    .resource('memo://one', { name: 'one' }, () => 'a memo')
    .resourceTemplate('file:///{folder}/{name}', { name: 'files' }, ({ folder, name }) => {
      ran += 1
      return `${folder} ${name}`
    })
    .prompt('greet', { arguments: { who: {} } }, ({ who }) => `hello ${who ?? 'you'}`)
  return { server, ran: () => ran, errors }
}

/** The text of a stateless request. */
export function modern(message: Readonly<Record<string, unknown>>): string {
  const { params, ...rest } = message
  const whole = { _meta: statelessMeta, ...(params as object | undefined) }
  return JSON.stringify({ jsonrpc: '2.0', id: 1, ...rest, params: whole })
}

/** Fails the file when anything in it ended in an exception or a rejection that nobody handled (V23). */
export function countCrashes(): void {
  const crashes: unknown[] = []
  const count = (error: unknown): void => void crashes.push(error)
  beforeAll(() => void process.on('uncaughtException', count).on('unhandledRejection', count))
  afterAll(async () => {
    await new Promise((resolve) => setImmediate(resolve)) // rejections are told after the microtasks
    process.off('uncaughtException', count).off('unhandledRejection', count)
    expect(crashes).toEqual([])
  })
}
