import { expect, test } from 'vitest'
import { createConversationJudge, formatIssues } from './index.ts'
import type { ConversationJudge } from './index.ts'

type Saying = readonly [from: 'client' | 'server', message: object]

const handshake = (version: string): readonly Saying[] => [
  [
    'client',
    request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    }),
  ],
  [
    'server',
    answer({ protocolVersion: version, capabilities: {}, serverInfo: { name: 's', version: '1' } }),
  ],
  ['client', { jsonrpc: '2.0', method: 'notifications/initialized' }],
]

test('a session is judged by the version that was agreed on', () => {
  const judge = createConversationJudge()
  const audio = { content: [{ type: 'audio', data: '', mimeType: 'audio/wav' }] }
  const calls: readonly Saying[] = [
    ['client', request('tools/call', { name: 'x' })],
    ['server', answer(audio)],
  ]
  expect(hear(judge, [...handshake('2025-11-25'), ...calls])).toEqual([])
  const older = createConversationJudge()
  expect(hear(older, [...handshake('2024-11-05'), ...calls])).toEqual([
    '/result/content/0/type: expected one of "text", "image", "resource", got "audio"',
  ])
})

test('an answer is judged by the request with its id, whoever asked', () => {
  const judge = createConversationJudge()
  const both: readonly Saying[] = [
    ['client', request('tools/list')],
    ['server', request('roots/list')],
    ['client', answer({ roots: [{ uri: 7 }] })],
    ['server', answer({ tools: [] })],
  ]
  expect(hear(judge, [...handshake('2025-11-25'), ...both])).toEqual([
    '/result/roots/0/uri: expected string, got number',
  ])
})

test('a call of the stateless era names its version itself', () => {
  const judge = createConversationJudge()
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  expect(
    hear(judge, [
      ['client', request('tools/list', { _meta })],
      ['server', answer({ tools: [] })],
    ]),
  ).toEqual([expect.stringContaining('missing required property "resultType"')])
})

test('a version that was named counts, whatever the messages say', () => {
  const judge = createConversationJudge({ version: '2025-06-18' })
  const [hello] = handshake('2025-11-25')
  expect(hear(judge, hello === undefined ? [] : [hello])).toEqual([])
  expect(hear(judge, [['server', request('tasks/list')]])).toEqual([
    '/method: a server has no request "tasks/list" in this version',
  ])
})

test('the answers of a batch are judged by what was asked in another', () => {
  const judge = createConversationJudge({ version: '2025-03-26' })
  const asked = [request('tools/list'), { ...request('prompts/list'), id: 2 }]
  const answered = [answer({ tools: [] }), { ...answer({ prompts: 7 }), id: 2 }]
  expect(hear(judge, [['client', asked]])).toEqual([])
  expect(hear(judge, [['server', answered]])).toEqual([
    '/1/result/prompts: expected array, got number',
  ])
})

test('the answer to a request that is long forgotten is judged by its frame', () => {
  const judge = createConversationJudge({ version: '2025-11-25' })
  for (let id = 0; id <= 1_000; id++) judge.judge('client', { ...request('tools/list'), id })
  const wrong = (id: number): number => judge.judge('server', { ...answer({}), id }).length
  expect([wrong(0), wrong(1)]).toEqual([0, 1])
})

function request(method: string, params?: object): object {
  return { jsonrpc: '2.0', id: 1, method, ...(params !== undefined && { params }) }
}

function answer(result: object): object {
  return { jsonrpc: '2.0', id: 1, result }
}

function hear(judge: ConversationJudge, sayings: readonly Saying[]): readonly string[] {
  return sayings.flatMap(([from, message]) => {
    const found = formatIssues(judge.judge(from, message))
    return found === '' ? [] : [found]
  })
}
