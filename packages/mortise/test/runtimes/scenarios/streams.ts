import { connect } from 'mortise/client'
import { scriptedFetch } from '../../scripted-fetch.ts'
import type { SeenRequest } from '../../scripted-fetch.ts'
import { equal } from '../scenario.ts'

const said = 'naïve 日本 🙂'

/** How a server may write its stream of events: each is read the same. */
const writings: Readonly<Record<string, (events: readonly string[]) => string>> = {
  'line feeds': (events) => events.map((data) => `event: message\ndata: ${data}\n\n`).join(''),
  'carriage returns': (events) => events.map((data) => `data: ${data}\r\r`).join(''),
  'both, a mark of byte order and comments': (events) =>
    `\u{feff}: hello\r\n\r\n${events.map((data) => `id: 1\r\ndata:${data}\r\n: and\r\n\r\n`).join('')}`,
  'an event cut in lines': (events) =>
    events.map((data) => `data: ${data.replace(',', ',\ndata: ')}\n\n`).join(''),
  'strange events between': (events) =>
    events.map((data) => `event: other\ndata: {}\n\ndata: ${data}\n\n`).join('retry: 5\n\n'),
}

/** Reading event streams from bytes that come in pieces of any size. */
export const streams: Readonly<Record<string, () => Promise<unknown>>> = Object.fromEntries(
  Object.entries(writings).map(([name, write]) => [
    `a stream with ${name} is read`,
    async () => {
      const seen: unknown[] = []
      for (const size of [1, 2, 7, 10_000]) {
        const heard = await call((request) => pieces(write(events(request)), size))
        equal(heard, { text: said, progress: [1, 2] }, `pieces of ${size} bytes`)
        seen.push(heard)
      }
      return seen
    },
  ]),
)

async function call(stream: (request: SeenRequest) => ReadableStream): Promise<unknown> {
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method === 'server/discover') return Response.json(discovered(request))
    return new Response(stream(request), { headers: { 'content-type': 'text/event-stream' } })
  })
  const client = await connect('http://scripted.example/mcp', { fetch, versions: ['2026-07-28'] })
  const progress: number[] = []
  const onProgress = (step: { readonly progress: number }) => void progress.push(step.progress)
  const text = await client.call('anything', {}, { onProgress })
  await client.close()
  return { text, progress }
}

function discovered({ body }: SeenRequest): unknown {
  const result = {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
  }
  return { jsonrpc: '2.0', id: body.id, result }
}

function events({ body }: SeenRequest): readonly string[] {
  const progressToken = body.params._meta.progressToken as unknown
  const steps = [1, 2].map((progress) => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken, progress },
  }))
  const result = { resultType: 'complete', content: [{ type: 'text', text: said }] }
  return [...steps, { jsonrpc: '2.0', id: body.id, result }].map((message) =>
    JSON.stringify(message),
  )
}

function pieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close()
      else controller.enqueue(bytes.slice(at, (at += size)))
    },
  })
}
