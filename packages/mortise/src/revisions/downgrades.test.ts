import { describe, expect, test } from 'vitest'
import type { Revision } from '../model/revision.ts'
import {
  clientSessionRevisions,
  clientStatelessRevisions,
  sessionRevisions,
  statelessRevisions,
} from './index.ts'
import { allVersions } from './versions.ts'

const revisions = [...statelessRevisions, ...sessionRevisions]
const clients = [...clientStatelessRevisions, ...clientSessionRevisions]
const [r26, r1125, r0618, r0326, r1105] = revisions.map(({ version }) => version)

/** What each revision, newest first, makes of one result. */
function downgraded(method: string, result: Readonly<Record<string, unknown>>): unknown[] {
  return revisions.map((revision) => revision.downgrade(method, result))
}

/** What becomes of one block of content, newest revision first. */
function blocks(block: object): unknown[] {
  return downgraded('tools/call', { content: [block] }).map(
    (result) => (result as { content: unknown[] }).content[0],
  )
}

const icons = [{ src: 'https://example.com/i.png' }]

test('versions are listed newest first', () => {
  expect(allVersions).toEqual([
    '2026-07-28',
    '2025-11-25',
    '2025-06-18',
    '2025-03-26',
    '2024-11-05',
  ])
  expect([r26, r1125, r0618, r0326, r1105]).toEqual(allVersions)
})

test('a client and a server know the same of each revision', () => {
  const facts = (
    known: Pick<Revision, 'version' | 'asks' | 'tasks' | 'pageRequiredCode'>,
  ): object => {
    const { version, asks, tasks, pageRequiredCode } = known
    return { version, asks, tasks, pageRequiredCode }
  }
  expect(clients.map(facts)).toEqual(revisions.map(facts))
})

describe('a list of tools', () => {
  const tool = {
    name: 'a',
    title: 'A',
    icons,
    annotations: { readOnlyHint: true },
    inputSchema: { type: 'object' },
    outputSchema: { type: 'object' },
    _meta: { m: 1 },
  }
  const { icons: _icons, ...without06 } = tool
  const { title: _title, outputSchema: _output, _meta, ...without03 } = without06
  const { annotations: _hints, ...without11 } = without03
  // LIFE-12 (basic/lifecycle, "Operation")
  test('loses what a revision does not know', () => {
    const tools = downgraded('tools/list', { tools: [tool], nextCursor: 'x', ttlMs: 5 })
    expect(tools).toEqual([
      { tools: [tool], nextCursor: 'x', ttlMs: 5 },
      { tools: [tool], nextCursor: 'x' },
      { tools: [without06], nextCursor: 'x' },
      { tools: [without03], nextCursor: 'x' },
      { tools: [without11], nextCursor: 'x' },
    ])
  })

  test('loses an output schema that is no object where it must be one', () => {
    const plain = { name: 'a', inputSchema: { type: 'object' } }
    const result = { tools: [{ ...plain, outputSchema: { type: 'array' } }] }
    expect(downgraded('tools/list', result).slice(0, 2)).toEqual([result, { tools: [plain] }])
  })

  test('is left as it was for the newest', () => {
    const result = Object.freeze({ tools: Object.freeze([Object.freeze({ ...tool })]) })
    expect(downgraded('tools/list', result)[0]).toBe(result)
  })
})

describe('the result of a tool', () => {
  test('keeps structured content that is an object, until there was none', () => {
    const structured = downgraded('tools/call', { content: [], structuredContent: { a: 1 } })
    expect(structured.map((result) => 'structuredContent' in (result as object))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })

  test.for([[[1, 2]], ['text'], [null], [7]])(
    'keeps structured content that is %j in the newest alone',
    ([value]) => {
      const structured = downgraded('tools/call', { content: [], structuredContent: value })
      expect(structured.map((result) => 'structuredContent' in (result as object))).toEqual([
        true,
        false,
        false,
        false,
        false,
      ])
    },
  )

  test('tells a link in words where there are no links', () => {
    const link = { type: 'resource_link', uri: 'a:b', name: 'b', title: 'B', description: 'why' }
    const words = { type: 'text', text: 'B (why): a:b' }
    expect(blocks(link)).toEqual([link, link, link, words, words])
  })

  // RES-20 (server/resources, "Annotations"), BASE-37 (basic, "_meta")
  test('says no more of a link, of a change or of itself than a revision knows', () => {
    const annotations = { audience: ['user'], priority: 1 }
    const changed = { ...annotations, lastModified: '1999-12-31T23:59:59Z' }
    const link = { type: 'resource_link', uri: 'a:b', name: 'b', annotations: changed }
    const words = { type: 'text', text: 'b: a:b' }
    const shown = { ...link, icons }
    expect(blocks(shown)).toEqual([shown, shown, link, words, words])
    const text = { type: 'text', text: 't' }
    const newer = { ...text, annotations: changed, _meta: { m: 1 } }
    const older = { ...text, annotations }
    expect(blocks(newer)).toEqual([newer, newer, newer, older, older])
    const resource = { uri: 'a:b', text: 't' }
    const embedded = { type: 'resource', resource: { ...resource, _meta: { m: 1 } } }
    const plain = { type: 'resource', resource }
    expect(blocks(embedded)).toEqual([embedded, embedded, embedded, plain, plain])
  })

  test('tells that there was audio where there is none', () => {
    const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }
    const words = { type: 'text', text: '[audio, audio/wav, not supported by this client]' }
    expect(blocks(audio)).toEqual([audio, audio, audio, audio, words])
  })

  test('leaves text and pictures alone', () => {
    for (const block of [
      { type: 'text', text: 'a' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ]) {
      expect(blocks(block)).toEqual(revisions.map(() => block))
    }
  })
})

test('the messages of a prompt are rewritten like the content of a tool', () => {
  const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }
  const [, , , newer, oldest] = downgraded('prompts/get', {
    messages: [{ role: 'user', content: audio }],
  }) as { messages: { content: { type: string } }[] }[]
  expect([newer?.messages[0]?.content.type, oldest?.messages[0]?.content.type]).toEqual([
    'audio',
    'text',
  ])
})

// RES-20 (server/resources, "Annotations"), BASE-37 (basic, "_meta")
test('a list of resources loses when they were changed, and what is read its `_meta`', () => {
  const annotations = { priority: 1, lastModified: '1999-12-31' }
  const resource = { uri: 'a:b', name: 'b', annotations }
  const older = { ...resource, annotations: { priority: 1 } }
  for (const member of ['resources', 'resourceTemplates']) {
    const listed = downgraded('resources/list', { [member]: [resource] })
    expect(listed.map((result) => (result as Record<string, unknown[]>)[member]?.[0])).toEqual([
      resource,
      resource,
      resource,
      older,
      older,
    ])
  }
  const contents = { uri: 'a:b', text: 't', _meta: { m: 1 } }
  const { _meta, ...plain } = contents
  const read = downgraded('resources/read', { contents: [contents] })
  const told = [contents, contents, contents, plain, plain]
  expect(read).toEqual(told.map((one) => ({ contents: [one] })))
})

test('a list of prompts loses titles and icons, of arguments too', () => {
  const prompt = { name: 'a', title: 'A', icons, arguments: [{ name: 'b', title: 'B' }] }
  expect(downgraded('prompts/list', { prompts: [prompt] }).slice(2)).toEqual([
    { prompts: [{ name: 'a', title: 'A', arguments: [{ name: 'b', title: 'B' }] }] },
    { prompts: [{ name: 'a', arguments: [{ name: 'b' }] }] },
    { prompts: [{ name: 'a', arguments: [{ name: 'b' }] }] },
  ])
})

test('initialize and its answer tell a name and a version, and what else a revision knows', () => {
  const serverInfo = {
    name: 's',
    version: '1',
    title: 'S',
    description: 'd',
    websiteUrl: 'w',
    icons,
  }
  const told = downgraded('initialize', { protocolVersion: 'v', serverInfo }).map((result) =>
    Object.keys((result as { serverInfo: object }).serverInfo),
  )
  const known = [
    ['name', 'version', 'title', 'description', 'websiteUrl', 'icons'],
    ['name', 'version', 'title'],
    ['name', 'version'],
    ['name', 'version'],
  ]
  expect(told.slice(1)).toEqual(known)
  const clientsTell = clients.map((revision) => Object.keys(revision.describe(serverInfo)))
  expect(clientsTell.slice(1)).toEqual(known)
})

// COMPL-01 (server/utilities/completion, "Capabilities")
test('completions are declared since there is a word for it', () => {
  const declared = revisions.map((revision) =>
    Object.keys(revision.downgradeCapabilities({ completions: {}, tools: {} })),
  )
  expect(declared.at(-1)).toEqual(['tools'])
  expect(declared.slice(0, -1).every((names) => names.includes('completions'))).toBe(true)
})

describe('a question', () => {
  const schema = (fields: object): object => ({ type: 'object', properties: fields })
  const ask = (params: object): unknown[] =>
    revisions.map((revision) =>
      revision.downgradeAsk({ method: 'elicitation/create', params: { ...params } }, 'id-1'),
    )

  // ELIC-05 (client/elicitation, "Form Mode")
  test('with a form has its mode since there are several, and cannot be said before there were forms', () => {
    const requestedSchema = schema({ a: { type: 'boolean', default: true } })
    const params = { mode: 'form', message: 'A?', requestedSchema }
    const request = { method: 'elicitation/create', params }
    const plain = { method: 'elicitation/create', params: { message: 'A?', requestedSchema } }
    expect(ask(params)).toEqual([request, request, plain, undefined, undefined])
  })

  // ELIC-05 (client/elicitation, "URL Mode")
  test('with a page has an id in a session, and cannot be said before', () => {
    const params = { mode: 'url', message: 'A?', url: 'https://example.com' }
    expect(ask(params)).toEqual([
      { method: 'elicitation/create', params },
      { method: 'elicitation/create', params: { ...params, elicitationId: 'id-1' } },
      undefined,
      undefined,
      undefined,
    ])
  })

  test('with titled choices names them beside the values where there is no other way', () => {
    const field = { oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }], default: 'a' }
    const asked = ask({ mode: 'form', message: '?', requestedSchema: schema({ f: field }) })[2]
    expect(asked).toMatchObject({
      params: {
        requestedSchema: { properties: { f: { enum: ['a', 'b'], enumNames: ['A', 'b'] } } },
      },
    })
    expect(JSON.stringify(asked)).not.toContain('default')
  })

  test('with several choices at once cannot be said before 2025-11-25', () => {
    const field = { type: 'array', items: { enum: ['a', 'b'] } }
    const asked = ask({ mode: 'form', message: '?', requestedSchema: schema({ f: field }) })
    expect(asked.map((request) => request !== undefined)).toEqual([true, true, false, false, false])
  })
})

describe('what a model is asked', () => {
  const ask = (params: object): unknown[] =>
    revisions.map((revision) => {
      const request = { method: 'sampling/createMessage', params: { maxTokens: 1, ...params } }
      return revision.downgradeAsk(request, 'id-1')?.params
    })
  const text = (said: string): object => ({ type: 'text', text: said, _meta: { m: 1 } })
  const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }

  test('is one block a message before there could be several', () => {
    const message = { role: 'user', content: [text('a'), audio], _meta: { n: 2 } }
    const halves = [
      { role: 'user', content: text('a') },
      { role: 'user', content: audio },
    ]
    const [newest, r1125Said, r0618Said, r0326Said, r1105Said] = ask({ messages: [message] })
    expect(newest).toEqual({ maxTokens: 1, messages: [message] })
    expect(r1125Said).toEqual(newest)
    expect(r0618Said).toEqual({ maxTokens: 1, messages: halves })
    const plain = [
      { role: 'user', content: { type: 'text', text: 'a' } },
      { role: 'user', content: audio },
    ]
    expect(r0326Said).toEqual({ maxTokens: 1, messages: plain })
    const words = { type: 'text', text: '[audio, audio/wav, not supported by this client]' }
    const deaf = [plain[0], { role: 'user', content: words }]
    expect(r1105Said).toEqual({ maxTokens: 1, messages: deaf })
  })

  test('with tools cannot be said before 2025-11-25, nor what they gave that is no object before 2026-07-28', () => {
    const use = { type: 'tool_use', id: 'u', name: 'a', input: {} }
    const gave = { type: 'tool_result', toolUseId: 'u', content: [], structuredContent: [1] }
    const { structuredContent: _list, ...plain } = gave
    const tool = { name: 'a', inputSchema: { type: 'object' } }
    const messages = (result: object): unknown[] => [
      { role: 'assistant', content: use },
      { role: 'user', content: result },
    ]
    const tools = [{ ...tool, outputSchema: { type: 'array' } }]
    expect(ask({ tools, messages: messages(gave) })).toEqual([
      { maxTokens: 1, tools, messages: messages(gave) },
      { maxTokens: 1, tools: [tool], messages: messages(plain) },
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('what a client answers', () => {
  const answers = (method: string, answer: object): unknown[] =>
    clients.map((revision) => revision.downgradeAnswer(method, answer))

  test('of a model is one block before there could be several', () => {
    const picture = { type: 'image', data: 'AAAA', mimeType: 'image/png' }
    const written = {
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'a' }, picture],
    }
    const words = 'a\n[image, image/png, left out: this revision has room for one block]'
    const plain = { ...written, content: { type: 'text', text: words } }
    const all = answers('sampling/createMessage', written)
    expect(all).toEqual([written, written, plain, plain, plain])
  })

  test('of a model that is heard is told in words where there is no audio', () => {
    const audio = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }
    const written = { role: 'assistant', model: 'm', content: audio }
    const words = { type: 'text', text: '[audio, audio/wav, not supported by this client]' }
    const all = answers('sampling/createMessage', written)
    expect(all).toEqual([written, written, written, written, { ...written, content: words }])
  })

  test('of roots has no metadata before there was some', () => {
    const known = { roots: [{ uri: 'file:///a', _meta: { m: 1 } }] }
    const plain = { roots: [{ uri: 'file:///a' }] }
    expect(answers('roots/list', known)).toEqual([known, known, known, plain, plain])
  })

  test('to a form is the same everywhere', () => {
    const answer = { action: 'decline' }
    expect(answers('elicitation/create', answer)).toEqual(revisions.map(() => answer))
  })
})

test('a client is asked by choices with titles, whatever the revision has for them', () => {
  const old = { type: 'string', enum: ['r', 'g'], enumNames: ['Red'] }
  const plain = { type: 'string', enum: ['r'] }
  const properties = { color: old, plain, broken: null }
  const revision = clients.find(({ version }) => version === '2025-06-18')
  expect(
    revision?.upgradeAsk('elicitation/create', { requestedSchema: { properties } }),
  ).toMatchObject({
    requestedSchema: {
      properties: {
        color: {
          type: 'string',
          oneOf: [
            { const: 'r', title: 'Red' },
            { const: 'g', title: 'g' },
          ],
        },
        plain,
        broken: null,
      },
    },
  })
  expect(revision?.upgradeAsk('elicitation/create', { message: 'x' })).toEqual({ message: 'x' })
})

// LIFE-12 (basic/lifecycle, "Operation")
test('a client declares what a revision has a word for', () => {
  const both = { elicitation: { form: {}, url: {} }, roots: {} }
  expect(clients.map((revision) => revision.downgradeClient(both))).toEqual([
    both,
    both,
    { elicitation: {}, roots: {} },
    { roots: {} },
    { roots: {} },
  ])
  const pages = { elicitation: { url: {} } }
  expect(clients.map((revision) => revision.downgradeClient(pages))[2]).toEqual({})
})

// ROOT-03, SAMP-02: client/roots and client/sampling, "Capabilities"
test('a client declares parts of sampling since there are some, and that it tells of roots where it can', () => {
  const all = { sampling: { tools: {}, context: {} }, roots: { listChanged: true } }
  expect(clients.map((revision) => revision.downgradeClient(all))).toEqual([
    { ...all, roots: {} },
    all,
    { ...all, sampling: {} },
    { ...all, sampling: {} },
    { ...all, sampling: {} },
  ])
})

test('what a client declares is read as the revision means it', () => {
  const all = { sampling: { tools: {} }, elicitation: { form: {}, url: {} }, roots: {} }
  const context = { sampling: { context: {} }, roots: {} }
  expect(revisions.map((revision) => revision.upgradeClient(all))).toEqual([
    all,
    all,
    { ...context, elicitation: { form: {} } },
    context,
    context,
  ])
  expect(revisions.map((revision) => revision.upgradeClient({ roots: {} }))).toEqual(
    revisions.map(() => ({ roots: {} })),
  )
})

describe('what each revision says of itself', () => {
  // RES-07, RES-08 (server/resources, "Error Handling")
  test.for([
    ['2026-07-28', -32602, -32021, 'result', false, false],
    ['2025-11-25', -32002, -32602, 'result', false, true],
    ['2025-06-18', -32002, -32602, 'error', false, false],
    ['2025-03-26', -32002, -32602, 'error', true, false],
    ['2024-11-05', -32002, -32602, 'error', false, false],
  ] as const)('%s', ([version, notFound, missing, fault, batches, priming]) => {
    const revision = revisions.find((known) => known.version === version)
    expect(revision).toMatchObject({
      resourceNotFoundCode: notFound,
      missingCapabilityCode: missing,
      argumentFault: fault,
      batches,
      http: { priming },
    })
  })

  test('the handshake belongs to sessions, discovery to the others', () => {
    for (const { requests } of sessionRevisions) {
      expect([requests.has('initialize'), requests.has('server/discover')]).toEqual([true, false])
    }
    for (const { requests } of statelessRevisions) {
      expect([requests.has('initialize'), requests.has('server/discover')]).toEqual([false, true])
    }
  })
})
