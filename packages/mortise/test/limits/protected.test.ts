import { expect } from 'vitest'
import type { Limits } from '../../src/std/limits.ts'
import { boundTo, prove } from '../auth/proof.ts'
import { startProtected } from '../auth/protected-target.ts'
import type { ProtectedTarget } from '../auth/protected-target.ts'
import { makeKey, shop } from '../auth/token-issuer.ts'
import type { TokenIssuer } from '../auth/token-issuer.ts'
import { until } from '../settle.ts'
import { testLimit } from './limit.ts'

const hourSec = 60 * 60

async function statusOf({ bear }: ProtectedTarget, token: string): Promise<number> {
  return (await bear(token)).status
}

function keyRequests({ asked }: TokenIssuer): number {
  return asked.filter((path) => path === '/keys').length
}

/** A server that asks its issuer about tokens, all of which are good. */
async function startAsking(limits: Partial<Limits>): Promise<ProtectedTarget> {
  const target = await startProtected(({ url }) => ({
    issuer: { issuer: url, introspection: { clientId: 'shop', clientSecret: 'secret' } },
    limits,
  }))
  target.issuer.introspect = () => ({ active: true, aud: shop, sub: 'ada' })
  return target
}

/** A server that takes tokens that are bound to a key; `present` shows it a proof. */
async function startBound(limits: Partial<Limits>, nonces = false) {
  const target = await startProtected({ dpop: { nonces }, limits })
  const { issuer, runtime, call } = target
  const key = await makeKey()
  const exp = Math.floor(runtime.now() / 1_000) + hourSec
  const token = await issuer.token({ claims: { ...(await boundTo(key)), exp } })
  const proof = (nonce?: string): Promise<string> =>
    prove({ key, token, runtime }, { claims: { nonce } })
  const present = (made: string): ReturnType<typeof call> =>
    call(['Authorization', `DPoP ${token}`], ['DPoP', made])
  return { ...target, token, proof, present }
}

const padded = (issuer: TokenIssuer, pad: number): Promise<string> =>
  issuer.token({ claims: { pad: 'x'.repeat(pad) } })

testLimit('maxTokenBytes', {
  at: [
    'a token of just this length is verified',
    async () => {
      const { length } = await padded((await startProtected()).issuer, 300)
      const target = await startProtected({ limits: { maxTokenBytes: length } })
      const token = await padded(target.issuer, 300)
      // The port in the issuer's name has one length or another.
      expect(token.length).toBeLessThanOrEqual(length)
      expect(await statusOf(target, token)).toBe(200)
    },
  ],
  past: [
    'a longer one is refused before anything is done about it',
    async () => {
      const target = await startProtected({ limits: { maxTokenBytes: 500 } })
      expect(await statusOf(target, await padded(target.issuer, 500))).toBe(401)
      expect(target.issuer.asked).toEqual([])
    },
  ],
})

testLimit('maxVerifiedTokens', {
  at: [
    'so many tokens are remembered',
    async () => {
      const target = await startAsking({ maxVerifiedTokens: 2 })
      for (const token of ['a', 'b', 'a', 'b']) expect(await statusOf(target, token)).toBe(200)
      expect(target.issuer.asked.filter((path) => path === '/introspect')).toHaveLength(2)
    },
  ],
  past: [
    'the oldest one is verified again',
    async () => {
      const target = await startAsking({ maxVerifiedTokens: 2 })
      for (const token of ['a', 'b', 'c', 'b', 'a']) expect(await statusOf(target, token)).toBe(200)
      expect(target.issuer.asked.filter((path) => path === '/introspect')).toHaveLength(4)
    },
  ],
})

/** What a server says of one token before and after its keys were taken back, and time passed. */
async function afterTakingBack(limits: Partial<Limits>, ms: number): Promise<number> {
  const target = await startProtected({ limits: { jwksMaxAgeMs: 1, jwksCooldownMs: 1, ...limits } })
  const token = await target.issuer.token()
  expect(await statusOf(target, token)).toBe(200)
  target.issuer.keys = [(await makeKey('ES256', 'next')).publicJwk]
  target.runtime.advance(ms)
  return statusOf(target, token)
}

testLimit('verifiedTokenTtlMs', {
  at: [
    'a token that was verified a shorter time ago is not verified again',
    async () => expect(await afterTakingBack({ verifiedTokenTtlMs: 5_000 }, 4_999)).toBe(200),
  ],
  past: [
    'after it, it is',
    async () => expect(await afterTakingBack({ verifiedTokenTtlMs: 5_000 }, 5_000)).toBe(401),
  ],
})

/** How often an issuer is asked about a token that is brought twice, `ms` apart. */
async function questionsApart(ms: number): Promise<number> {
  const target = await startAsking({ introspectionTtlMs: 5_000 })
  await statusOf(target, 'opaque')
  target.runtime.advance(ms)
  await statusOf(target, 'opaque')
  return target.issuer.asked.filter((path) => path === '/introspect').length
}

testLimit('introspectionTtlMs', {
  at: [
    'a shorter time later nobody is asked',
    async () => expect(await questionsApart(4_999)).toBe(1),
  ],
  past: ['after it, the issuer is', async () => expect(await questionsApart(5_000)).toBe(2)],
})

testLimit('maxIntrospections', {
  at: [
    'so many are asked about at once, and one brought twice is one',
    async () => {
      const target = await startAsking({ maxIntrospections: 2 })
      await statusOf(target, 'first')
      const release = target.issuer.hold()
      const answers = ['a', 'b', 'a', 'b'].map((token) => statusOf(target, token))
      await until(() => target.issuer.asked.length === 4)
      release()
      expect(await Promise.all(answers)).toEqual([200, 200, 200, 200])
    },
  ],
  past: [
    'whoever brings another one is told to come again',
    async () => {
      const target = await startAsking({ maxIntrospections: 1 })
      await statusOf(target, 'first')
      const release = target.issuer.hold()
      const a = statusOf(target, 'a')
      await until(() => target.issuer.asked.length === 3)
      expect(await statusOf(target, 'b')).toBe(503)
      release()
      expect(await a).toBe(200)
      expect(await statusOf(target, 'b')).toBe(200)
    },
  ],
})

/** What comes of a token whose key is the last one of so many. */
async function ofLastKey(keys: number): Promise<number> {
  const target = await startProtected({ limits: { maxJwksKeys: 3 } })
  const others = await Promise.all(
    Array.from({ length: keys - 1 }, (_, n) => makeKey('ES256', `other ${n}`)),
  )
  target.issuer.keys = [...others.map(({ publicJwk }) => publicJwk), target.issuer.key.publicJwk]
  return statusOf(target, await target.issuer.token())
}

testLimit('maxJwksKeys', {
  at: ['all of so many keys are used', async () => expect(await ofLastKey(3)).toBe(200)],
  past: ['keys after that are not', async () => expect(await ofLastKey(4)).toBe(401)],
})

/** How often keys are asked for when two tokens come `ms` apart. */
async function renewalsApart(ms: number): Promise<number> {
  const target = await startProtected({ limits: { jwksMaxAgeMs: 60_000 } })
  await statusOf(target, await target.issuer.token())
  target.runtime.advance(ms)
  await statusOf(target, await target.issuer.token())
  return keyRequests(target.issuer)
}

testLimit('jwksMaxAgeMs', {
  at: [
    'younger keys are used as they are',
    async () => expect(await renewalsApart(59_999)).toBe(1),
  ],
  past: ['older ones are asked for anew', async () => expect(await renewalsApart(60_000)).toBe(2)],
})

/** What a server says of good tokens `ms` after it could last reach the issuer. */
async function afterOutage(ms: number): Promise<number> {
  const target = await startProtected({ limits: { jwksMaxAgeMs: 1, jwksStaleMs: hourSec * 1_000 } })
  await statusOf(target, await target.issuer.token())
  target.issuer.status = 500
  target.runtime.advance(ms)
  return statusOf(target, await target.issuer.token())
}

testLimit('jwksStaleMs', {
  at: [
    'keys that cannot be renewed are used for a shorter time',
    async () => expect(await afterOutage(hourSec * 1_000 - 1)).toBe(200),
  ],
  past: [
    'after it nobody is let in',
    async () => expect(await afterOutage(hourSec * 1_000)).toBe(503),
  ],
})

/** What a server says of a token with a new key, `ms` after it asked for the keys. */
async function newKeyAfter(ms: number): Promise<number> {
  const target = await startProtected({ limits: { jwksCooldownMs: 5_000 } })
  await statusOf(target, await target.issuer.token())
  const next = await makeKey('ES256', 'next')
  target.issuer.keys.push(next.publicJwk)
  target.runtime.advance(ms)
  return statusOf(target, await target.issuer.token({ key: next }))
}

testLimit('jwksCooldownMs', {
  at: ['sooner a new key is nobody’s', async () => expect(await newKeyAfter(4_999)).toBe(401)],
  past: ['later it is asked for', async () => expect(await newKeyAfter(5_000)).toBe(200)],
})

/** What a server says of a proof that was made `ms` ago. */
async function proofAfter(ms: number): Promise<number> {
  const { proof, present, runtime } = await startBound({ dpopProofMaxAgeMs: 30_000 })
  const made = await proof()
  runtime.advance(ms)
  return (await present(made)).status
}

testLimit('dpopProofMaxAgeMs', {
  at: ['a younger proof is good', async () => expect(await proofAfter(29_999)).toBe(200)],
  past: ['an older one is not', async () => expect(await proofAfter(30_000)).toBe(401)],
})

testLimit('maxDpopProofs', {
  at: [
    'so many proofs are remembered, and each is good once',
    async () => {
      const { proof, present } = await startBound({ maxDpopProofs: 2 })
      const [one, two] = [await proof(), await proof()]
      const statuses = []
      for (const made of [one, two, one, two]) statuses.push((await present(made)).status)
      expect(statuses).toEqual([200, 200, 401, 401])
    },
  ],
  past: [
    'with another one nobody is let in until the first are too old, and none is forgotten for it',
    async () => {
      const { proof, present, runtime } = await startBound({ maxDpopProofs: 2 })
      const [one, two] = [await proof(), await proof()]
      await present(one)
      await present(two)
      expect((await present(await proof())).status).toBe(503)
      expect((await present(one)).status).toBe(401)
      runtime.advance(60_000)
      expect((await present(await proof())).status).toBe(200)
    },
  ],
})

/** What a server says of a nonce that it gave out `ms` ago. */
async function nonceAfter(ms: number): Promise<number> {
  const { proof, present, runtime } = await startBound({ dpopNonceTtlMs: 30_000 }, true)
  const { nonce } = await present(await proof())
  runtime.advance(ms)
  return (await present(await proof(nonce))).status
}

testLimit('dpopNonceTtlMs', {
  at: ['a younger nonce is good', async () => expect(await nonceAfter(29_999)).toBe(200)],
  past: ['an older one is not', async () => expect(await nonceAfter(30_000)).toBe(401)],
})
