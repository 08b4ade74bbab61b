import { expect, test } from 'vitest'
import { RpcError } from '../jsonrpc/error.ts'
import { ResourceNotFoundError, ToolError } from '../model/errors.ts'
import { revision20251125 } from '../revisions/2025-11-25/index.ts'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import { publicError } from './fault.ts'

/** What the peer is told of `error`, and what is reported. */
function told(error: unknown, revision = revision20260728) {
  const reported: unknown[] = []
  const { rpcCode, message, data } = publicError(error, {
    revision,
    mask(masked) {
      reported.push(masked)
      return '7f3a'
    },
  })
  return { rpcCode, message, data, reported }
}

test('an error that is meant for the peer is told as it is', () => {
  const error = new RpcError(-32602, 'no such thing', { name: 'x' })
  expect(told(error)).toEqual({
    rpcCode: -32602,
    message: 'no such thing',
    data: { name: 'x' },
    reported: [],
  })
})

test('anything else is masked and reported', () => {
  for (const error of [new Error('password is hunter2'), 'hunter2', undefined]) {
    const { message, data, reported } = told(error)
    expect([message, data, reported]).toEqual(['Internal error (id 7f3a)', undefined, [error]])
  }
})

test('an error whose data has no JSON text is masked, for it could not be sent', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  for (const data of [1n, cycle, () => {}]) {
    const error = new RpcError(-32602, 'no', data)
    expect(told(error)).toMatchObject({ rpcCode: -32603, data: undefined, reported: [error] })
  }
})

// BASE-28, RES-07, RES-08, RES-09 (server/resources, "Error Handling")
test('a resource that does not exist has the code of its revision', () => {
  const error = new ResourceNotFoundError('a:b')
  expect(told(error, revision20251125)).toMatchObject({ rpcCode: -32002, data: { uri: 'a:b' } })
  expect(told(error, revision20260728)).toMatchObject({ rpcCode: -32602, data: { uri: 'a:b' } })
})

test('what a tool says of its failure is told where there is no result to tell it in', () => {
  expect(told(new ToolError('out of paper'))).toMatchObject({ message: 'out of paper' })
})
