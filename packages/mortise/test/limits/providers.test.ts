import { expect } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import type { Provider, Server } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { settle } from '../settle.ts'
import { testLimit } from './limit.ts'

const stuck: Provider = {
  capabilities: () => ({ tools: {} }),
  owns: () => new Promise(() => {}),
  answer: () => new Promise(() => {}),
}

/** A server with a provider that never says anything, and one that works. */
function createWhole() {
  const runtime = createTestRuntime()
  const errors: unknown[] = []
  const good = createServer({ name: 'good', version: '1.0.0' }).tool('works', {}, () => 'yes')
  const whole = createServer({
    name: 'whole',
    version: '1.0.0',
    runtime,
    limits: { providerTimeoutMs: 1_000 },
    onError: (error) => void errors.push(error),
  })
  return { runtime, errors, whole: whole.mount(stuck).mount(good) }
}

testLimit('providerTimeoutMs', {
  at: [
    'a provider that does not say whose a name is is waited for',
    async () => {
      const { runtime, whole } = createWhole()
      await using client = await connectInProcess<Server>(whole)
      let isOver = false
      const call = client.call('works').finally(() => (isOver = true))
      await settle()
      runtime.advance(999)
      await settle()
      expect(isOver).toBe(false)
      runtime.advance(1)
      expect(await call).toBe('yes')
    },
  ],
  past: [
    'then the next one is called, and a list goes on without it',
    async () => {
      const { runtime, whole, errors } = createWhole()
      await using client = await connectInProcess<Server>(whole)
      const names: string[] = []
      const listing = (async () => {
        for await (const { name } of client.tools()) names.push(name)
      })()
      await settle()
      runtime.advance(1_000)
      await listing
      expect(names).toEqual(['works'])
      expect(errors).toMatchObject([{ code: 'ERR_TIMEOUT' }])
    },
  ],
})
