import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachTask, startTask, tasksClient } from '../../src/extensions/tasks/index.ts'
import type { TaskHandle, TaskState } from '../../src/extensions/tasks/index.ts'
import { connect } from '../../src/node/client.ts'
import type { Client } from '../../src/node/client.ts'

let scratch = ''
let worker = ''

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'mortise-tasks-'))
  worker = join(scratch, 'worker.mjs')
  const bundle = await rolldown({
    input: fileURLToPath(new URL('worker-main.ts', import.meta.url)),
    platform: 'node',
    external: ['undici'],
    logLevel: 'silent',
  })
  await bundle.write({ file: worker, format: 'esm', codeSplitting: false })
  await bundle.close()
}, 60_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** Starts a process that works on the tasks of `folder`. */
async function start(folder: string, elicit = yes): Promise<Client> {
  return await connect(
    { command: process.execPath, args: [worker, folder] },
    { extensions: [tasksClient()], elicit, reconnect: false, onClose: () => {} },
  )
}

const yes = () => ({ action: 'accept' as const, content: { yes: true } })

async function when(task: TaskHandle, is: (state: TaskState) => boolean): Promise<TaskState> {
  for (;;) {
    const state = await task.status()
    if (is(state)) return state
  }
}

async function answer(client: Client, taskId: string, key: string): Promise<void> {
  await client.request('tasks/update', { taskId, inputResponses: { [key]: yes() } })
}

async function traceOf(folder: string): Promise<string[]> {
  return (await readFile(join(folder, 'trace'), 'utf8')).trimEnd().split('\n')
}

const asks =
  (key: string) =>
  ({ inputRequests = {} }: TaskState): boolean =>
    key in inputRequests

// TASK-11, TASK-28 (tasks, "Task Creation", "Input Required"); nothing that was durable is lost with a process.
test('a task whose process was killed is taken over, and meets its answers and effects again', async () => {
  const folder = await mkdtemp(join(scratch, 'folder-'))
  const first = await start(folder)
  const begun = await startTask(first, 'deploys')
  const id = begun.id ?? ''
  await when(begun, asks('sure'))
  await answer(first, id, 'sure')
  await when(begun, asks('really'))
  expect(await traceOf(folder)).toEqual(['began', 'bought', 'sure'])
  await expect(first.call('dies')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })

  await using second = await start(folder)
  const { structuredContent } = await attachTask(second, id).result()
  expect(structuredContent).toEqual({
    at: expect.any(Number) as number,
    bought: `${id}:buy`,
    answers: ['accept', 'accept'],
  })
  expect(await traceOf(folder)).toEqual(['began', 'bought', 'sure', 'began', 'sure'])
}, 30_000)

test('of two processes one works on a task, and the other one tells and answers for it', async () => {
  const folder = await mkdtemp(join(scratch, 'folder-'))
  await using first = await start(folder)
  await using second = await start(folder)
  const { id = '' } = await startTask(first, 'deploys')
  const seen = attachTask(second, id)
  await when(seen, asks('sure'))
  await answer(second, id, 'sure')
  await when(seen, asks('really'))
  await answer(second, id, 'really')
  const { status } = await when(attachTask(first, id), (state) => state.status !== 'working')
  expect(status).toBe('completed')
  expect(await traceOf(folder)).toEqual(['began', 'bought', 'sure'])
}, 30_000)
