import { expect, test } from 'vitest'
import { stateless, talkingTarget } from '../../test/talking-target.ts'
import type { Script, Talking } from '../../test/talking-target.ts'
import { McpError } from '../std/error.ts'
import { createTestRuntime } from '../testing/index.ts'
import { connect } from './index.ts'

const died = new McpError('ERR_CHILD_EXITED', 'the server "x" exited with code 3; no API key')
const second: Script = (_message, { tell }) =>
  tell({ result: { resultType: 'complete', content: [{ type: 'text', text: 'second' }] } })

/** A server that speaks another version by now: calls of `hold` have no answer, and others are refused. */
const outdated = stateless(({ params }, { tell }) => {
  if (params?.name !== 'hold') tell({ error: { code: -32_022, message: 'Unsupported' } })
})

test('a request that is made when the loss is told waits for the next connection too', async () => {
  const runtime = createTestRuntime()
  const target = talkingTarget(
    stateless(() => {}),
    stateless(second),
  )
  let call: Promise<unknown> | undefined
  await using client = await connect(target, {
    reconnect: true,
    runtime,
    onStatus({ state }) {
      if (state === 'reconnecting') call ??= client.call('any')
    },
  })
  target.last?.die(died)
  runtime.advance(500)
  expect(await call).toBe('second')
})

test('a server that dies while the next one does not start is the end, where nothing is opened again', async () => {
  let first: Talking | undefined
  const target = talkingTarget(
    (message, talking) => {
      first = talking
      outdated(message, talking)
    },
    (_message, { die }) => {
      first?.die(died)
      die(new McpError('ERR_SPAWN', 'it does not start'))
    },
  )
  const ends: Error[] = []
  const onClose = (error: Error): void => void ends.push(error)
  await using client = await connect(target, { reconnect: false, era: 'stateless', onClose })
  await expect(client.call('any')).rejects.toMatchObject({ message: /exited with code 3/ })
  expect([client.status.state, ends]).toEqual(['closed', [died]])
})

test('a connection that was taken over from is closed with the client, whatever it is still asked', async () => {
  const target = talkingTarget(outdated, stateless(second))
  const client = await connect(target)
  const held = expect(client.call('hold')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(await client.call('any')).toBe('second')
  await client.close()
  await held
  expect([target.opened, target.closed]).toEqual([2, 2])
})
