import { describe, expect, test } from 'vitest'
import { formatIssues, shapeVersions, typeNames, validateMessage, validateType } from './index.ts'
import type { Speaker } from './index.ts'

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const frame = { jsonrpc: '2.0', id: 1 } as const
const call = (params: unknown): unknown => ({ ...frame, method: 'tools/call', params })
const result = (members: unknown): unknown => ({ ...frame, result: members })
const error = (code: number, data?: unknown): unknown => ({
  ...frame,
  error: { code, message: 'no', ...(data !== undefined && { data }) },
})

const rows: readonly {
  readonly name: string
  readonly version: string
  readonly from: Speaker
  readonly message: unknown
  readonly answers?: string
  readonly says: string
}[] = [
  {
    name: 'a call with its envelope',
    version: '2026-07-28',
    from: 'client',
    message: call({ name: 'x', _meta: envelope }),
    says: '',
  },
  {
    name: 'a call without its envelope (BASE-40)',
    version: '2026-07-28',
    from: 'client',
    message: call({ name: 'x' }),
    says: '/params: missing required property "_meta"',
  },
  {
    name: 'an id that is null (BASE-04)',
    version: '2025-11-25',
    from: 'client',
    message: { jsonrpc: '2.0', id: null, method: 'ping' },
    says: '/id: expected string or integer, got null',
  },
  {
    name: 'a request that only the other side sends',
    version: '2025-11-25',
    from: 'client',
    message: { ...frame, method: 'roots/list' },
    says: '/method: a client has no request "roots/list" in this version',
  },
  {
    name: 'a request of a server where servers ask nothing (BASE-17)',
    version: '2026-07-28',
    from: 'server',
    message: { ...frame, method: 'ping' },
    says: '/method: a server has no request "ping" in this version',
  },
  {
    name: 'a notification that is no older version’s',
    version: '2024-11-05',
    from: 'server',
    message: { jsonrpc: '2.0', method: 'notifications/tasks/status', params: {} },
    says: '/method: a server has no notification "notifications/tasks/status" in this version',
  },
  {
    name: 'a block of a type that there is not yet',
    version: '2024-11-05',
    from: 'server',
    message: result({ content: [{ type: 'audio', data: '', mimeType: 'audio/wav' }] }),
    answers: 'tools/call',
    says: '/result/content/0/type: expected one of "text", "image", "resource", got "audio"',
  },
  {
    name: 'the result of a server, judged as what it answers',
    version: '2025-06-18',
    from: 'server',
    message: result({ content: [{ type: 'text' }] }),
    answers: 'tools/call',
    says: '/result/content/0: missing required property "text"',
  },
  {
    name: 'a result that nobody knows the request of',
    version: '2025-06-18',
    from: 'server',
    message: result({ content: 7 }),
    says: '',
  },
  {
    name: 'an answer to a request that has an empty result',
    version: '2025-06-18',
    from: 'server',
    message: result({ _meta: 7 }),
    answers: 'logging/setLevel',
    says: '/result/_meta: expected object, got number',
  },
  {
    name: 'a result of a kind that there is not (BASE-21)',
    version: '2026-07-28',
    from: 'server',
    message: result({ resultType: 'later', content: [] }),
    answers: 'tools/call',
    says: '/result/resultType: expected one of "complete", "input_required", got "later"',
  },
  {
    name: 'a question where none may be asked (BASE-21)',
    version: '2026-07-28',
    from: 'server',
    message: result({ resultType: 'input_required', tools: [], ttlMs: 0, cacheScope: 'public' }),
    answers: 'tools/list',
    says: '/result/resultType: expected "complete", got "input_required"',
  },
  {
    name: 'a complete result that is only good as a question',
    version: '2026-07-28',
    from: 'server',
    message: result({ resultType: 'complete' }),
    answers: 'tools/call',
    says: '/result: missing required property "content"',
  },
  {
    name: 'an error that must say what is missing (BASE-45)',
    version: '2026-07-28',
    from: 'server',
    message: error(-32021, {}),
    says: '/error/data: missing required property "requiredCapabilities"',
  },
  {
    name: 'the same code where it means nothing',
    version: '2025-06-18',
    from: 'server',
    message: error(-32021, {}),
    says: '',
  },
  {
    name: 'text',
    version: '2025-06-18',
    from: 'server',
    message: 'x',
    says: '/: a message is one object',
  },
  {
    name: 'an object that is no message',
    version: '2025-06-18',
    from: 'server',
    message: frame,
    says: '/: a message has "method", "result" or "error"',
  },
  {
    name: 'a response of a client that nobody asks (BASE-18)',
    version: '2026-07-28',
    from: 'client',
    message: result({ resultType: 'complete' }),
    says: '/: a client sends no responses in this version, since a server sends no requests',
  },
  {
    name: 'a result and an error at once (BASE-08)',
    version: '2025-06-18',
    from: 'client',
    message: { ...frame, result: {}, error: { code: 1, message: 'no' } },
    says: '/: a response has "result" or "error", not both',
  },
  {
    name: 'a batch, member by member (BASE-12)',
    version: '2025-03-26',
    from: 'client',
    message: [
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { id: 2, method: 'ping' },
    ],
    says: '/1: missing required property "jsonrpc"',
  },
  {
    name: 'a batch where there are none (BASE-14)',
    version: '2025-06-18',
    from: 'client',
    message: [{ jsonrpc: '2.0', id: 1, method: 'ping' }],
    says: '/: a message is one object',
  },
  {
    name: 'a batch of nothing',
    version: '2025-03-26',
    from: 'client',
    message: [],
    says: '/: a batch has at least one message',
  },
]

// basic, "Messages" and "_meta"; basic/patterns/mrtr; schema, "Errors".
test.each(rows)('$name, $version', ({ version, from, message, answers, says }) => {
  const options = answers === undefined ? {} : { answers }
  expect(formatIssues(validateMessage(version, from, message, options))).toBe(says)
})

describe('the extension for tasks', () => {
  const extensions = ['io.modelcontextprotocol/tasks']
  const task = {
    taskId: 't',
    status: 'working',
    createdAt: '2026-07-28T00:00:00Z',
    lastUpdatedAt: '2026-07-28T00:00:00Z',
    ttlMs: null,
    resultType: 'task',
  }

  test('a call may be answered with a task once the extension counts', () => {
    const judge = (more: object): string =>
      formatIssues(
        validateMessage('2026-07-28', 'server', result(task), { answers: 'tools/call', ...more }),
      )
    expect(judge({})).toContain('expected one of "complete", "input_required"')
    expect(judge({ extensions })).toBe('')
  })

  test('its requests have the envelope that every request has (BASE-40)', () => {
    const ask = { ...frame, method: 'tasks/get', params: { taskId: 't' } }
    const judge = (message: unknown): string =>
      formatIssues(validateMessage('2026-07-28', 'client', message, { extensions }))
    expect(judge(ask)).toBe('/params: missing required property "_meta"')
    expect(judge({ ...ask, params: { ...ask.params, _meta: envelope } })).toBe('')
  })

  test('its types are known only with it', () => {
    expect(typeNames('2026-07-28', { extensions })).toContain('DetailedTask')
    expect(() => validateType('2026-07-28', 'DetailedTask', {})).toThrow(TypeError)
    expect(
      validateType('2026-07-28', 'DetailedTask', { status: 'failed' }, { extensions }),
    ).toContainEqual({
      path: '',
      keyword: 'required',
      message: 'missing required property "error"',
    })
  })
})

test('a version, a type or an extension that is not known is a mistake', () => {
  expect(shapeVersions).toHaveLength(5)
  expect(() => validateType('2020-01-01', 'Tool', {})).toThrow('no shapes of version 2020-01-01')
  expect(() => validateType('2025-06-18', 'Spoon', {})).toThrow('has no type called Spoon')
  // A piece that the tables are made of is no type.
  expect(() => validateType('2025-06-18', 'sampled', {})).toThrow('has no type called sampled')
  const extensions = ['io.modelcontextprotocol/tasks']
  expect(() => validateType('2025-06-18', 'Tool', {}, { extensions })).toThrow('no shapes of io.')
})
