import { createTestRuntime } from 'mortise/testing'
import { statelessMeta, statelessPost } from '../../post.ts'
import { equal } from '../scenario.ts'
import { createWorkshop } from '../workshop.ts'
import type { Workshop } from '../workshop.ts'

interface Round {
  readonly requestState?: string
  readonly inputRequests?: unknown
  readonly content?: unknown
}

const asked = {
  name: 'asks',
  arguments: { key: 'delete' },
  _meta: {
    ...statelessMeta,
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  },
}
const answers = { sure: { action: 'accept', content: { yes: true } } }
const secret = 'correct horse battery staple'

/** The state of a call that asks, sealed by Web Cryptography: the same bytes on every runtime. */
export const state: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'one server opens what another one sealed'() {
    const first = await round(server(secret), asked)
    const second = await round(server('another secret, newer', secret), {
      ...asked,
      requestState: first.requestState,
      inputResponses: answers,
    })
    equal(second.content, [{ type: 'text', text: 'yes: true' }], 'content')
    // Clock and chance stand still, so that the sealed bytes themselves can be compared.
    return { first, second }
  },

  async 'state that was changed, or sealed by a stranger, is refused'() {
    const { requestState = '' } = await round(server(secret), asked)
    const changed = `${requestState.slice(0, -2)}${requestState.endsWith('AA') ? 'BB' : 'AA'}`
    const refusals = []
    for (const [by, text] of [
      [secret, changed],
      ['not the same secret', requestState],
      [secret, '!!'],
    ] as const) {
      const message = { ...asked, requestState: text, inputResponses: answers }
      refusals.push(await status(server(by), message))
    }
    equal(
      refusals.map(({ code }) => code),
      [-32602, -32602, -32602],
      'codes',
    )
    return refusals
  },
}

function server(...secrets: readonly string[]): Workshop {
  return createWorkshop({ secrets, runtime: createTestRuntime({ seed: 7 }) })
}

async function round(server: Workshop, params: Record<string, unknown>): Promise<Round> {
  const response = await server.fetch(statelessPost({ method: 'tools/call', params }))
  const { result, error } = (await response.json()) as { result?: Round; error?: unknown }
  if (result === undefined) throw new Error(JSON.stringify(error))
  return result
}

async function status(
  server: Workshop,
  params: Record<string, unknown>,
): Promise<{ status: number; code: unknown }> {
  const response = await server.fetch(statelessPost({ method: 'tools/call', params }))
  const { error } = (await response.json()) as { error?: { code: unknown } }
  return { status: response.status, code: error?.code }
}
