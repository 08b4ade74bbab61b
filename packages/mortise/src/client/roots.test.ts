import { expect, describe, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess } from '../testing/index.ts'
import { createRoots } from './roots.ts'
import type { ConnectOptions } from './index.ts'

test('a root that a function makes and that is no file does not go out', async () => {
  const { signal } = new AbortController()
  const answerer = createRoots(() => [{ uri: 'https://example.com' }])
  await expect(answerer?.answer({}, signal)).rejects.toThrow(TypeError)
})

// client/roots, "Security Considerations"
test('the way up is resolved before a root goes out', async () => {
  const { signal } = new AbortController()
  const answerer = createRoots([{ uri: 'file:///a/../b/%2e%2e/c d', name: 'c' }])
  expect(await answerer?.answer({}, signal)).toEqual({
    roots: [{ uri: 'file:///c%20d', name: 'c' }],
  })
})

// ROOT-02, ROOT-03: client/roots, "Capabilities"
test('that roots change is declared where it can be told, with every request', async () => {
  const seen: unknown[] = []
  const server = createServer({ name: 's', version: '1.0.0' })
    .tool('t', {}, () => 'ok')
    .use((call, next) => {
      seen.push(call.client.capabilities)
      return next(call)
    })
  for (const version of ['2026-07-28', '2025-11-25']) {
    await using client = await connectInProcess(server, { version, roots: [] })
    await client.callTool('t')
  }
  await using found = await connectInProcess(server, { era: 'stateless', roots: [] })
  expect(found.server.version).toBe('2026-07-28')
  const [first, ...others] = seen
  expect(first).toEqual({ roots: {} })
  expect(others).toContainEqual({ roots: { listChanged: true } })
  expect(seen.filter((declared) => JSON.stringify(declared).includes('true'))).toHaveLength(1)
})

describe('connecting', () => {
  const server = createServer({ name: 's', version: '1.0.0' }).tool('t', {}, () => 'ok')

  // ROOT-04: client/roots, "Root"
  test.for<[name: string, roots: unknown]>([
    ['a page', [{ uri: 'https://example.com' }]],
    ['a path', [{ uri: '/home/ada' }]],
    ['a text', ['file:///a']],
    ['no list', { uri: 'file:///a' }],
    ['a root whose name is a number', [{ uri: 'file:///a', name: 1 }]],
  ])('with roots that are %s is a mistake at once', async ([, roots]) => {
    const options = { roots } as ConnectOptions
    await expect(connectInProcess(server, options)).rejects.toThrow(TypeError)
  })

  test('without roots leaves none to be changed', async () => {
    await using client = await connectInProcess(server)
    await expect(client.rootsChanged()).rejects.toThrow('connected without roots')
  })
})
