import { expect } from 'vitest'
import { spawnChannel } from '../../src/node/spawn-channel.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { testLimit } from './limit.ts'

/** Starts a child that says `script`, and collects its stray lines until it has ended. */
async function strayLines(count: number, maxStrayLines: number): Promise<string[]> {
  const lines: string[] = []
  await new Promise<void>((resolve) => {
    const channel = spawnChannel({
      command: process.execPath,
      args: ['-e', `for (let i = 0; i < ${count}; i++) console.log('noise ' + i)`],
      stderr: 'ignore',
      limits: { ...defaultLimits, maxStrayLines },
      onStray: (line) => lines.push(line),
    })
    channel.start({ message: () => {}, fault: () => {}, closed: () => resolve() })
  })
  return lines
}

testLimit('maxStrayLines', {
  at: [
    'every line that is no message is told',
    async () => {
      expect(await strayLines(3, 3)).toEqual(['noise 0', 'noise 1', 'noise 2'])
    },
  ],
  past: [
    'further ones are passed over in silence',
    async () => {
      expect(await strayLines(100, 3)).toEqual(['noise 0', 'noise 1', 'noise 2'])
    },
  ],
})

/** A child that does not mind the end of its input, and says when it is asked to end. */
async function stubbornChild(): Promise<{
  runtime: ReturnType<typeof createTestRuntime>
  close: () => Promise<void>
  said: string[]
}> {
  const runtime = createTestRuntime()
  const said: string[] = []
  const script = `
    process.on('SIGTERM', () => { console.error('asked to end'); process.exit() })
    setInterval(() => {}, 1000)
    console.error('running')`
  const channel = spawnChannel({
    command: process.execPath,
    args: ['-e', script],
    stderr: (line) => said.push(line),
    limits: { ...defaultLimits, childGraceMs: 400 },
    runtime,
  })
  await new Promise<void>((resolve) => {
    channel.start({ message: () => {}, fault: () => {}, closed: () => {} })
    const look = setInterval(() => {
      if (said.length === 0) return
      clearInterval(look)
      resolve()
    }, 5)
  })
  return { runtime, close: () => channel.close(), said }
}

// STDIO-14 (basic/transports/stdio, "Shutdown")
testLimit('childGraceMs', {
  at: [
    'a child has so long to end by itself when its input has ended',
    async () => {
      const { runtime, close, said } = await stubbornChild()
      const closed = close()
      runtime.advance(399)
      await new Promise(setImmediate)
      expect(said).toEqual(['running'])
      runtime.advance(1)
      await closed
    },
  ],
  past: [
    'then it is asked to end by a signal',
    async () => {
      const { runtime, close, said } = await stubbornChild()
      const closed = close()
      runtime.advance(400)
      await closed
      expect(said).toEqual(['running', 'asked to end'])
    },
  ],
})
