import { expect, test } from 'vitest'
import { formatIssues, shapeVersions, validateMessage } from '../../src/shapes/index.ts'
import { memoryChannelPair } from '../../src/testing/index.ts'
import type { Json } from '../json.ts'
import { createFixture } from '../matrix/fixture.ts'
import { mutationsOf } from './mutations.ts'

const envelope = {
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  'io.modelcontextprotocol/clientInfo': { name: 'client', version: '1' },
  'io.modelcontextprotocol/logLevel': 'info',
}

const named = 'io.modelcontextprotocol/protocolVersion'

const requests: readonly (readonly [method: string, params: object])[] = [
  ['tools/list', {}],
  ['tools/call', { name: 'text', arguments: { name: 'x' } }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'memo://one' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'review', arguments: { code: 'x', style: 'neat' } }],
  [
    'completion/complete',
    {
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name: 'style', value: 'a' },
      context: { arguments: { code: 'x' } },
    },
  ],
  ['logging/setLevel', { level: 'info' }],
  ['ping', {}],
]

/** What a server reads past though the shape refuses it: as if it were not there. */
const forgiven: readonly { readonly where: RegExp; readonly why: string }[] = [
  { where: /^\/params\/_meta: expected object/m, why: 'a session needs nothing of it' },
  { where: /^\/params\/_meta\/progressToken:/m, why: 'then nobody can be told of progress' },
  { where: /^\/params\/_meta\/io\.modelcontextprotocol~1clientInfo/m, why: 'BASE-43, BASE-47' },
  { where: /1clientCapabilities\/elicitation/m, why: 'it counts as not declared' },
  { where: /^\/params\/context/m, why: 'what was chosen before only helps to complete' },
]

/** What is asked of a server, in order, over one connection. */
async function conversation(version: string): Promise<(message: Json) => Promise<Json>> {
  const [ours, theirs] = memoryChannelPair()
  void createFixture().attach(theirs)
  let answered: (message: Json) => void = () => {}
  ours.start({
    message(text) {
      const message: Json = JSON.parse(text)
      if (message.method === undefined) answered(message)
    },
    fault() {},
    closed() {},
  })
  const ask = (message: Json): Promise<Json> =>
    new Promise((resolve) => {
      answered = resolve
      void ours.send(JSON.stringify(message))
    })
  if (shapeVersions.indexOf(version) === 0) return ask
  const clientInfo = { name: 'client', version: '1' }
  const params = { protocolVersion: version, capabilities: {}, clientInfo }
  await ask({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
  void ours.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
  return ask
}

test.each(shapeVersions)(
  'what the shapes of %s refuse of a request, a server refuses as well, or forgives by name',
  async (version) => {
    const ask = await conversation(version)
    const isStateless = shapeVersions.indexOf(version) === 0
    const differences: string[] = []
    let id = 0
    let refused = 0
    for (const [method, params] of requests) {
      const meta = isStateless ? { ...envelope, [named]: version } : {}
      const whole = { ...params, _meta: { ...meta, progressToken: 'p' } }
      for (const changed of mutationsOf(whole, new Map()) as readonly Json[]) {
        // Without its version a call belongs to no conversation: negotiation is tested elsewhere.
        if (isStateless && changed?._meta?.[named] !== version) continue
        const message = { jsonrpc: '2.0', id: (id += 1), method, params: changed }
        const issues = formatIssues(validateMessage(version, 'client', message))
        const { error } = await ask(message)
        if (error?.code === -32603) differences.push(`failed inside: ${JSON.stringify(changed)}`)
        if (issues === '') continue
        refused += 1
        if (error !== undefined || forgiven.some(({ where }) => where.test(issues))) continue
        differences.push(`accepted: ${method} ${JSON.stringify(changed)}\n${issues}`)
      }
    }
    expect(differences).toEqual([])
    expect(refused).toBeGreaterThan(150)
  },
)
