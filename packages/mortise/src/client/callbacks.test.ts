import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess } from '../testing/index.ts'

const talkative = createServer({ name: 'talkative', version: '1.0.0' }).tool(
  'talk',
  {},
  async (_args, { log, progress }) => {
    log('error', 'a line')
    progress(1)
    await Promise.resolve()
    return 'said'
  },
)

test('what a handler of questions throws goes to onError in a session, where the server is told little', async () => {
  const errors: unknown[] = []
  const curious = createServer({ name: 'curious', version: '1.0.0' }).tool(
    'ask',
    {},
    async (_args, { listRoots }) => await listRoots(),
  )
  await using client = await connectInProcess(curious, {
    version: '2025-11-25',
    onError: (error) => errors.push(error),
    roots: () => {
      throw new Error('in roots')
    },
  })
  expect(await client.callTool('ask')).toMatchObject({ isError: true })
  expect(errors).toMatchObject([{ message: 'in roots' }])
})

test.each(['memory', 'fetch'] as const)(
  'what the functions of the application throw goes to onError, and the call goes on, over %s',
  async (transport) => {
    const errors: unknown[] = []
    await using client = await connectInProcess<typeof talkative>(talkative, {
      transport,
      onError: (error) => errors.push(error),
      onLog: () => {
        throw new Error('in onLog')
      },
    })
    await client.setLogLevel('debug')
    const onProgress = (): void => {
      throw new Error('in onProgress')
    }
    expect(await client.call('talk', {}, { onProgress })).toBe('said')
    expect(errors).toMatchObject([{ message: 'in onLog' }, { message: 'in onProgress' }])
  },
)
