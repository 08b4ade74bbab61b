import { z } from 'zod'
import { beginTask, tasks } from '../../src/extensions/tasks/index.ts'
import type { TasksOptions } from '../../src/extensions/tasks/index.ts'
import { RpcError, ToolError, createServer } from '../../src/server/index.ts'
import type { ServerOptions } from '../../src/server/index.ts'

const yes = z.object({ yes: z.boolean() })

/** A promise, and what settles it. */
export interface Latch {
  readonly opened: Promise<void>
  open(): void
}

export function createLatch(): Latch {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** A server whose tools are tasks, and what its handlers leave behind. */
export function createTaskServer(
  options: Partial<ServerOptions> = {},
  own: Partial<TasksOptions> = {},
) {
  const traces: string[] = []
  const gate = createLatch()
  const errors: unknown[] = []
  const server = createServer({
    name: 'tasks',
    version: '1.0.0',
    onError: (error) => void errors.push(error),
    ...options,
  })
    .tool('plain', {}, () => 'plain')
    .tool('builds', { input: z.object({ what: z.string() }) }, async ({ what }, ctx) => {
      ctx.progress(1, 2, `building ${what}`)
      await gate.opened
      return `built ${what}`
    })
    .tool('must', {}, () => 'must')
    .tool('asks', {}, async (_args, ctx) => {
      const [one, two] = await Promise.all([
        ctx.elicit('one', 'One?', yes),
        ctx.elicit('two', 'Two?', yes),
      ])
      traces.push('both')
      const three = await ctx.elicit('three', 'Three?', yes)
      return [one, two, three].map(({ action }) => action).join(' ')
    })
    .tool('fails', {}, () => {
      throw new ToolError('out of paper')
    })
    .tool('refuses', {}, () => {
      throw new RpcError(-32000, 'not here', { why: 'closed' })
    })
    .tool('waits', {}, async (_args, { signal }) => {
      await new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => {
          traces.push('aborted')
          resolve()
        }),
      )
      return 'too late'
    })
    .tool('told', {}, async (_args, ctx) => {
      const name = await ctx.elicit('name', 'Sure?', yes)
      const began = ctx.now()
      await beginTask(ctx)
      traces.push('begun')
      const more = ctx.canElicit() ? await ctx.elicit('more', 'More?', yes) : undefined
      return { name: name.action, more: more?.action, same: began === ctx.now() || began > 0 }
    })
    .extend(
      tasks({
        pollIntervalMs: 50,
        ...own,
        tools: {
          builds: 'optional',
          must: 'required',
          asks: 'optional',
          fails: 'optional',
          refuses: 'optional',
          waits: 'optional',
          told: { support: 'optional', start: 'told' },
          ...own.tools,
        },
      }),
    )
  return { server, traces, gate, errors }
}
