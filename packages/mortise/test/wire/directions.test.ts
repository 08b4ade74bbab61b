import { beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { createFixture } from '../matrix/fixture.ts'
import type { Json } from '../json.ts'
import { tapped } from './tap.ts'
import type { Sent } from './tap.ts'

type Fixture = ReturnType<typeof createFixture>

/** Everything that a client and the fixture say to each other while most of what there is gets used. */
async function conversation(version: string): Promise<readonly Sent[]> {
  const { target, transcript } = tapped(createFixture())
  const elicit = () => ({ action: 'accept' as const, content: { yes: true } })
  await using client = await connect<Fixture>(target, { versions: [version], elicit })
  await client.setLogLevel('debug')
  for await (const tool of client.tools()) void tool
  for await (const resource of client.resources()) void resource
  await client.readResource('memo://one')
  await client.readResource('memo://none').catch(() => {})
  await client.getPrompt('review', { code: 'x' })
  await client.complete({ prompt: 'review' }, { name: 'style', value: 'a' })
  await Promise.all([client.callTool('steps'), client.callTool('logs'), client.callTool('fails')])
  const controller = new AbortController()
  const onProgress = (): void => controller.abort()
  await client.callTool('waits', {}, { signal: controller.signal, onProgress }).catch(() => {})
  if (version >= '2025-06-18') await client.callTool('parallel')
  return transcript
}

const from = (who: Sent['from'], transcript: readonly Sent[]): Json[] =>
  transcript.filter((sent) => sent.from === who).map(({ message }) => message)
const isRequest = ({ id, method }: Json): boolean => id !== undefined && method !== undefined

describe.each(['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
  'whoever speaks %s',
  (version) => {
    let transcript: readonly Sent[] = []
    beforeAll(async () => {
      transcript = await conversation(version)
    })

    // BASE-05, BASE-06 (basic, "Requests")
    test('uses no id twice', () => {
      for (const who of ['client', 'server'] as const) {
        const ids = from(who, transcript)
          .filter(isRequest)
          .map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
      }
      expect(from('client', transcript).filter(isRequest).length).toBeGreaterThan(8)
    })

    // PROG-01 (basic/utilities/progress)
    test('uses no progress token twice', () => {
      const tokens = from('client', transcript)
        .filter(isRequest)
        .map(({ params }) => params._meta.progressToken)
        .filter((token) => token !== undefined)
      expect(tokens.length).toBeGreaterThan(8)
      expect(new Set(tokens).size).toBe(tokens.length)
      expect(tokens.every((token) => Number.isInteger(token))).toBe(true)
    })

    // BASE-13, BASE-14 (2025-06-18, changelog)
    test('says one message at a time, and never several in an array', () => {
      for (const { message } of transcript) expect(Array.isArray(message)).toBe(false)
    })
  },
)

describe('without a session', () => {
  let transcript: readonly Sent[] = []
  beforeAll(async () => {
    transcript = await conversation('2026-07-28')
  })

  // BASE-17, STDIO-09, MRTR-01 (basic/patterns/mrtr)
  test('the server sends no request: what it asks is a result', () => {
    const said = from('server', transcript)
    expect(said.filter(isRequest)).toEqual([])
    const asking = said.find(({ result }) => result?.resultType === 'input_required')
    expect(Object.values(asking.result.inputRequests)).toMatchObject(
      Array.from({ length: 3 }, () => ({ method: 'elicitation/create' })),
    )
  })

  // BASE-18, STDIO-08 (basic/transports/stdio)
  test('the client sends no answer: what it was asked goes into the next request', () => {
    const said = from('client', transcript)
    expect(said.every(({ method }) => typeof method === 'string')).toBe(true)
    expect(said.some(({ params }) => params.inputResponses !== undefined)).toBe(true)
  })

  // BASE-19 (basic, "Result Responses")
  test('every result says what type it is', () => {
    const results = from('server', transcript).flatMap(({ result }) => result ?? [])
    expect(results.length).toBeGreaterThan(8)
    for (const { resultType } of results) {
      expect(['complete', 'input_required']).toContain(resultType)
    }
  })

  // BASE-46 (basic, "Response Metadata")
  test('every result names the server', () => {
    for (const { result } of from('server', transcript)) {
      if (result === undefined) continue
      expect(result._meta['io.modelcontextprotocol/serverInfo']).toEqual({
        name: 'fixture',
        version: '1.2.3',
      })
    }
  })

  // BASE-40, BASE-41, VER-01, ELIC-01 (basic, "Request Metadata")
  test('every request says the version, what the client can do and who it is', () => {
    for (const { params } of from('client', transcript).filter(isRequest)) {
      expect(params._meta).toMatchObject({
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
        'io.modelcontextprotocol/clientInfo': {
          name: expect.any(String) as unknown,
          version: expect.any(String) as unknown,
        },
      })
    }
  })

  // CANC-03 (basic/utilities/cancellation)
  test('the server cancels nothing', () => {
    const methods = from('server', transcript).map(({ method }) => method)
    expect(methods).not.toContain('notifications/cancelled')
  })
})

describe.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
  'a session in %s',
  (version) => {
    // LIFE-01, LIFE-04 (basic/lifecycle, "Initialization")
    test('begins with initialize, and goes on when that was answered', async () => {
      const transcript = await conversation(version)
      const [first, second, third] = transcript
      expect(first).toMatchObject({
        from: 'client',
        message: {
          method: 'initialize',
          params: {
            protocolVersion: version,
            capabilities: {},
            clientInfo: {
              name: expect.any(String) as unknown,
              version: expect.any(String) as unknown,
            },
          },
        },
      })
      expect(second).toMatchObject({ from: 'server', message: { id: first?.message['id'] } })
      expect(third).toMatchObject({
        from: 'client',
        message: { method: 'notifications/initialized' },
      })
    })
  },
)
