import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError, ToolError } from 'mortise/server'
import type { Server } from 'mortise/server'
import { beginTask, tasks } from 'mortise/tasks'

/** Tools that become tasks (ext-tasks, conformance scenarios `tasks-*`). */
export function addTasks(server: Server): void {
  server
    .tool(
      'greet',
      { description: 'Greets at once', input: nameOnly },
      ({ name }) => `Hello, ${name}!`,
    )
    .tool(
      'slow_compute',
      { description: 'Takes its time', input: duration },
      async ({ seconds = 1, label = 'computed' }, { signal, progress }) => {
        progress(0, 1, `computing ${label}`)
        await sleep(seconds * 1_000, undefined, { signal })
        return `${label} after ${seconds} s`
      },
    )
    .tool('failing_job', { description: 'Fails after a while' }, async () => {
      await sleep(500)
      throw new ToolError('the job has failed')
    })
    .tool('protocol_error_job', { description: 'Breaks off with an error' }, async () => {
      await sleep(500)
      throw new RpcError(-32603, 'the job broke off')
    })
    .tool(
      'confirm_delete',
      { description: 'Asks before it deletes', input: fileOnly },
      async ({ filename }, ctx) => {
        const answer = await ctx.elicit('confirm', `Delete ${filename}?`, confirmation)
        const isSure = answer.action === 'accept' && answer.content.confirm
        return isSure ? `deleted ${filename}` : `kept ${filename}`
      },
    )
    .tool('multi_input', { description: 'Asks two questions at once' }, async (_, ctx) => {
      const answers = await Promise.all([
        ctx.elicit('first', 'First?', confirmation),
        ctx.elicit('second', 'Second?', confirmation),
      ])
      return answers.map(({ action }) => action).join(' ')
    })
    .tool(
      // TASK-12 (tasks, "Task Creation")
      'test_tool_with_task',
      { description: 'Asks, and then becomes a task' },
      async (_, ctx) => {
        const answer = await ctx.elicit('user_name', 'What is your name?', nameOnly)
        await beginTask(ctx)
        await sleep(100)
        return answer.action === 'accept' ? `Hello, ${answer.content.name}!` : 'Hello!'
      },
    )
    .extend(
      tasks({
        pollIntervalMs: 200,
        ttlMs: 5 * 60_000,
        tools: {
          slow_compute: 'optional',
          failing_job: 'required',
          protocol_error_job: 'optional',
          confirm_delete: 'optional',
          multi_input: 'optional',
          test_tool_with_task: { support: 'required', start: 'told' },
        },
      }),
    )
}

const nameOnly = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
} as const

const duration = {
  type: 'object',
  properties: { seconds: { type: 'number' }, label: { type: 'string' } },
} as const

const fileOnly = {
  type: 'object',
  properties: { filename: { type: 'string' } },
  required: ['filename'],
} as const

const confirmation = {
  type: 'object',
  properties: { confirm: { type: 'boolean' } },
} as const
