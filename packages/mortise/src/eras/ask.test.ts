import { expect, test } from 'vitest'
import { createEraHost } from '../../test/era-host.ts'
import { statelessMeta } from '../../test/post.ts'
import type { InputRequest } from '../model/types.ts'
import { revision20250618 } from '../revisions/2025-06-18/index.ts'
import { revision20260728 } from '../revisions/2026-07-28/index.ts'
import { writeAsk } from './ask.ts'
import { createStatelessServer } from './stateless/server.ts'

const page: InputRequest = {
  method: 'elicitation/create',
  params: { mode: 'url', message: 'M?', url: 'https://example.com' },
}

test('a question without words in a revision names the capability that it needs', () => {
  expect(() => writeAsk(revision20250618, page, 'k')).toThrow(
    expect.objectContaining({
      rpcCode: -32602,
      data: { requiredCapabilities: { elicitation: { url: {} } } },
    }),
  )
  expect(writeAsk(revision20260728, page, 'k')).toEqual(page)
})

test('a question without words ends a call without a session by that error', async () => {
  const host = createEraHost({
    dispatch: async ({ asking }) => {
      await asking.ask('k', page, () => true)
      return {}
    },
  })
  const silent = { ...revision20260728, downgradeAsk: () => undefined }
  const server = createStatelessServer(host, [silent])
  const params = { _meta: statelessMeta, name: 't' }
  const request = { kind: 'request', id: 1, method: 'tools/call', params } as const
  const call = server.admit(request, { say: () => true, onGone() {} }, undefined)
  const { text } = await server.run(call)
  expect(JSON.parse(text)).toMatchObject({
    error: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } },
  })
})
