import { rawPost, statelessPost } from '../../post.ts'
import { equal } from '../scenario.ts'
import { createWorkshop } from '../workshop.ts'

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const url = 'http://127.0.0.1:3000/mcp'

/** What stands at the door of `server.fetch`: a request, and the status of its answer. */
const requests: Readonly<Record<string, readonly [() => Request, number]>> = {
  'a call': [() => statelessPost({ method: 'tools/list' }), 200],
  'an unknown host': [() => new Request('http://evil.example/mcp', { method: 'POST' }), 403],
  'no JSON': [() => rawPost('{', json), 400],
  'a member twice': [() => rawPost('{"jsonrpc":"2.0","jsonrpc":"2.0"}', json), 400],
  'nested deeply': [() => rawPost('['.repeat(100_000), json), 400],
  'another content type': [() => rawPost('{}', { ...json, 'content-type': 'text/plain' }), 415],
  'no UTF-8': [
    () =>
      new Request(url, { method: 'POST', headers: json, body: Uint8Array.of(0x22, 0xff, 0x22) }),
    400,
  ],
  'too long': [() => rawPost('x'.repeat(5_000_000), json), 413],
  'headers that differ': [
    () => statelessPost({ method: 'tools/list' }, { 'mcp-method': 'prompts/list' }),
    400,
  ],
  'a preflight': [() => new Request(url, { method: 'OPTIONS' }), 204],
  PUT: [() => new Request(url, { method: 'PUT', body: '{}' }), 405],
}

/** What does not get in over `server.fetch`, and with which status it is sent away. */
export const doors: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'requests are let in or sent away'() {
    const server = createWorkshop()
    const statuses: Record<string, unknown> = {}
    for (const [name, [make, expected]] of Object.entries(requests)) {
      const response = await server.fetch(make())
      equal(response.status, expected, name)
      const code = /"code":(-\d+)/.exec(await response.text())?.[1]
      statuses[name] = [response.status, response.headers.get('content-type'), code]
    }
    return statuses
  },
}
