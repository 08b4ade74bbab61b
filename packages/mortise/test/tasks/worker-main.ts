// A server of tasks on stdio, whose tasks are kept in the folder that its argument names. What its handler does outside is
// written down there too, a line each.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { tasks } from '../../src/extensions/tasks/index.ts'
import { createFileStore, serve } from '../../src/node/index.ts'
import { createServer } from '../../src/server/index.ts'

const [, , folder = ''] = process.argv
const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
const trace = (line: string): void => appendFileSync(join(folder, 'trace'), `${line}\n`)

const server = createServer({ name: 'worker', version: '1.0.0' })
  .tool('deploys', {}, async (_args, ctx) => {
    trace('began')
    const at = ctx.now()
    const bought = await ctx.once('buy', ({ idempotencyKey }) => {
      trace('bought')
      return idempotencyKey
    })
    const sure = await ctx.elicit('sure', 'Sure?', yes)
    trace('sure')
    const again = await ctx.elicit('really', 'Really?', yes)
    return { at, bought, answers: [sure.action, again.action] }
  })
  .tool('dies', {}, () => process.kill(process.pid, 'SIGKILL'))
  .extend(
    tasks({
      tools: { deploys: 'required' },
      store: createFileStore(join(folder, 'tasks')),
      pollIntervalMs: 50,
      leaseMs: 600,
      lookMs: 50,
    }),
  )
await serve(server, { transport: 'stdio' })
