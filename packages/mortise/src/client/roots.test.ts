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
