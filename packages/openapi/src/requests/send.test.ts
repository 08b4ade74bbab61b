import { createTestRuntime } from 'mortise/testing'
import { expect, test } from 'vitest'
import { startApi } from '../../test/echo-api.ts'
import { send } from './send.ts'

test('a request to an origin that nobody named is not sent, whatever it was made of', async () => {
  await using api = await startApi()
  const request = { method: 'GET', url: new URL(api.url), headers: new Headers(), body: undefined }
  const sent = send(request, new AbortController().signal, {
    fetch,
    runtime: createTestRuntime(),
    origins: new Set(['https://api.example']),
    timeoutMs: 1_000,
    maxBytes: 1_000,
    maxRedirects: 1,
  })
  await expect(sent).rejects.toThrow(`No request may go to ${api.url}`)
  expect(api.received).toEqual([])
})
