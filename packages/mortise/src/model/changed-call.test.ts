import { expect, test } from 'vitest'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import type { Call } from './call.ts'
import { changeCall } from './changed-call.ts'

const call: Call = {
  method: 'tools/call',
  params: { name: 'one' },
  revision: revision20260728,
  client: { info: undefined, capabilities: {} },
  auth: { subject: 'me', scopes: ['all'] },
  logLevel: undefined,
  signal: new AbortController().signal,
  get asking(): never {
    throw new Error('nobody asks')
  },
  notify: () => {},
}

test('what is not changed is that of the call', () => {
  const changed = changeCall(call, { params: { name: 'two' } })
  expect(changed.params).toEqual({ name: 'two' })
  expect(changed.auth).toBe(call.auth)
  expect(changed.signal).toBe(call.signal)
})

test('authorization can be taken away from a call that is passed on', () => {
  expect(changeCall(call, { auth: undefined }).auth).toBeUndefined()
})
