import { expect } from 'vitest'
import { z } from 'zod'
import { connect } from '../../src/client/index.ts'
import { createServer } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { Limits } from '../../src/server/index.ts'
import { accepted, round } from '../rounds.ts'
import type { Round } from '../rounds.ts'
import { settle, until } from '../settle.ts'
import { testLimit } from './limit.ts'

const yes = z.object({ yes: z.boolean() })

/** A server whose tool asks `times` questions one after the other, and one that does not settle once it has asked. */
function askingServer(limits: Partial<Limits>, times: number) {
  const runtime = createTestRuntime()
  const server = createServer({ name: 'asking', version: '1.0.0', runtime, limits })
    .tool('asks', {}, async (_args, { elicit }) => {
      for (let index = 0; index < times; index++) await elicit(`q${index}`, 'Sure?', yes)
      return 'enough'
    })
    .tool('sticks', {}, async (_args, { elicit }) => {
      await elicit('sure', 'Sure?', yes).catch(() => new Promise(() => {}))
      return 'never'
    })
  return { server, runtime }
}

/** Answers every question until the call is over. */
async function play(server: ReturnType<typeof askingServer>['server']): Promise<Round> {
  let last = await round(server.handle, 'asks')
  while (last.state !== undefined) {
    const answers = Object.fromEntries(last.asked.map((key) => [key, accepted()]))
    last = await round(server.handle, 'asks', { state: last.state, answers })
  }
  return last
}

// SAMP-18: client/sampling, "Security Considerations"
testLimit('maxAsksPerCall', {
  at: [
    'a call of a session may ask so many times',
    async () => {
      const { server } = askingServer({ maxAsksPerCall: 3 }, 3)
      await using client = await connect(server, {
        era: 'session',
        elicit: () => ({ action: 'accept', content: { yes: true } }),
      })
      expect(await client.call('asks')).toBe('enough')
    },
  ],
  past: [
    'one more question is an error of the server, and the next call may ask as often again',
    async () => {
      const { server } = askingServer({ maxAsksPerCall: 3 }, 4)
      let asked = 0
      await using client = await connect(server, {
        era: 'session',
        elicit() {
          asked += 1
          return { action: 'accept', content: { yes: true } }
        },
      })
      const text = 'This call asked more than 3 times'
      await expect(client.call('asks')).rejects.toMatchObject({ rpcCode: -32603, message: text })
      expect(asked).toBe(3)
      await expect(client.call('asks')).rejects.toMatchObject({ message: text })
      expect(asked).toBe(6)
    },
  ],
})

testLimit('maxRounds', {
  at: [
    'a call may ask so many times',
    async () => {
      const { server } = askingServer({ maxRounds: 3 }, 3)
      expect((await play(server)).result.content[0].text).toBe('enough')
    },
  ],
  past: [
    'one more question is an error of the server, and one that a client does not follow',
    async () => {
      const { server } = askingServer({ maxRounds: 3 }, 4)
      expect((await play(server)).error.message).toBe('This call asked more than 3 times')
      const patient = askingServer({ maxRounds: 30 }, 4)
      await using client = await connect(patient.server, {
        era: 'stateless',
        limits: { maxRounds: 3 },
        elicit: () => ({ action: 'accept', content: { yes: true } }),
      })
      await expect(client.call('asks')).rejects.toMatchObject({ code: 'ERR_ROUNDS' })
    },
  ],
})

/** How long the state of the first round is; the test runtime makes it the same every time. */
async function stateLength(): Promise<number> {
  const { state } = await round(askingServer({}, 1).server.handle, 'asks')
  return state?.length ?? 0
}

testLimit('maxStateBytes', {
  at: [
    'a state of just so many bytes is given, and taken back',
    async () => {
      const { server } = askingServer({ maxStateBytes: await stateLength() }, 1)
      expect((await play(server)).result.content[0].text).toBe('enough')
    },
  ],
  past: [
    'a longer one is not made, and a longer one that comes is not looked at',
    async () => {
      const maxStateBytes = (await stateLength()) - 1
      const { server } = askingServer({ maxStateBytes }, 1)
      expect((await round(server.handle, 'asks')).error.message).toContain('too long')
      const state = 'x'.repeat(maxStateBytes + 1)
      expect((await round(server.handle, 'asks', { state })).error.message).toContain(
        'is not one of ours',
      )
    },
  ],
})

// MRTR-12, SEC-06 (basic/patterns/mrtr, "Server Requirements")
testLimit('stateTtlMs', {
  at: [
    'a state is good until its last millisecond',
    async () => {
      const { server, runtime } = askingServer({ stateTtlMs: 5_000 }, 1)
      const { state } = await round(server.handle, 'asks')
      runtime.advance(4_999)
      const { result } = await round(server.handle, 'asks', { state, answers: { q0: accepted() } })
      expect(result.content[0].text).toBe('enough')
    },
  ],
  past: [
    'then it is refused, and the client told to start again',
    async () => {
      const { server, runtime } = askingServer({ stateTtlMs: 5_000 }, 1)
      const { state } = await round(server.handle, 'asks')
      runtime.advance(5_000)
      const { error } = await round(server.handle, 'asks', { state, answers: { q0: accepted() } })
      expect(error).toEqual({
        code: -32602,
        message: 'requestState has expired: make the call again from its start',
      })
    },
  ],
})

testLimit('suspendGraceMs', {
  at: [
    'an attempt that asked is waited for',
    async () => {
      const { server, runtime } = askingServer({ suspendGraceMs: 300 }, 1)
      let answered = false
      void round(server.handle, 'sticks').then(() => (answered = true))
      await until(() => runtime.timers === 2) // its grace, and the beat
      runtime.advance(299)
      await settle()
      expect(answered).toBe(false)
      runtime.advance(1)
      await until(() => answered)
    },
  ],
  past: [
    'then the question is sent without it, and one that settles leaves no timer',
    async () => {
      const { server, runtime } = askingServer({ suspendGraceMs: 300 }, 1)
      const stuck = round(server.handle, 'sticks')
      await until(() => runtime.timers === 2)
      runtime.advance(300)
      expect((await stuck).asked).toEqual(['sure'])
      expect((await round(server.handle, 'asks')).asked).toEqual(['q0'])
      expect(runtime.timers).toBe(0)
    },
  ],
})

/** A server whose tool asks while an effect of it runs, which ends when it is told to. */
function chargingServer(onceTimeoutMs: number) {
  const runtime = createTestRuntime()
  const effect = { finish: (): void => {}, runs: 0 }
  const server = createServer({
    name: 'charging',
    version: '1.0.0',
    runtime,
    limits: { onceTimeoutMs },
  }).tool('charges', {}, async (_args, { elicit, once }) => {
    const charge = once('charge', async () => {
      effect.runs += 1
      await new Promise<void>((resolve) => (effect.finish = resolve))
      return 'charged'
    })
    const [said] = await Promise.all([charge, elicit('sure', 'Sure?', yes)])
    return said
  })
  return { server, runtime, effect }
}

testLimit('onceTimeoutMs', {
  at: [
    'an effect that ends in time travels with the questions',
    async () => {
      const { server, runtime, effect } = chargingServer(5_000)
      const asking = round(server.handle, 'charges')
      await until(() => effect.runs === 1)
      await settle()
      runtime.advance(4_999)
      effect.finish()
      const { state } = await asking
      const last = await round(server.handle, 'charges', { state, answers: { sure: accepted() } })
      expect([last.result.content[0].text, effect.runs]).toEqual(['charged', 1])
    },
  ],
  past: [
    'one that does not is an error that says that its outcome is unknown',
    async () => {
      const { server, runtime, effect } = chargingServer(5_000)
      const asking = round(server.handle, 'charges')
      await until(() => effect.runs === 1)
      await settle()
      runtime.advance(5_000)
      expect((await asking).error.message).toContain('whether it was done is unknown')
    },
  ],
})
