// Servers of the session era on stdio, some of which do not answer what comes before initialize: a client of this library
// finds out that they are old, and connects.
import { connect } from 'mortise/client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { program } from './fixtures/official-servers.mjs'

const never = 3_600_000

describe('an old server on stdio', () => {
  let client

  afterEach(async () => await client?.close())

  // VER-13, VER-14 (basic/versioning, "Backward Compatibility")
  test('is known by its refusal, without waiting', async () => {
    await meet([], { probeTimeoutMs: never, probeQuietMs: never })
  })

  test('is known by its refusal, however late it starts', async () => {
    await meet(['--late'], { probeTimeoutMs: never, probeQuietMs: never })
  })

  test('is known by its silence soon after it has said on stderr that it started', async () => {
    await meet(['--silent', '--talks'], { probeTimeoutMs: never })
  })

  // VER-13 (basic/versioning, "Backward Compatibility")
  test('is known by its silence, at the latest after the time for that', async () => {
    await meet(['--silent'], { probeTimeoutMs: 500 })
  })

  test('is known by its death, and started again', async () => {
    await meet(['--mortal'], { probeTimeoutMs: never, probeQuietMs: never })
  })

  test('that starts after it was taken for silent is spoken to all the same', async () => {
    await meet(['--late'], { probeTimeoutMs: 50 })
  })

  // VER-19 (basic/versioning, "Backward Compatibility")
  test('is not probed again once it is known', async () => {
    const memory = new Map()
    const starts = []
    for (const expected of [2, 1]) {
      starts.length = 0
      client = await connect(program('sdk1-stdio.mjs', '--mortal', '--talks'), {
        memory,
        limits: { probeTimeoutMs: never, probeQuietMs: never },
        stderr: (line) => starts.push(line),
      })
      expect(client.server.version).toBe('2025-11-25')
      // Its words come on another pipe than its answers.
      await vi.waitFor(() => expect(starts.length).toBeGreaterThanOrEqual(expected))
      expect(starts).toHaveLength(expected)
      await client.close()
    }
  })

  async function meet(options, limits) {
    client = await connect(program('sdk1-stdio.mjs', ...options), {
      memory: new Map(),
      limits,
      stderr: 'ignore',
    })
    expect(client.server.version).toBe('2025-11-25')
    expect(await client.call('add', { a: 1, b: 2 })).toEqual({ sum: 3 })
  }
})
