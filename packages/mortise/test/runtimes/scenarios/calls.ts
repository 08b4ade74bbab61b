import type { Open, WorkshopClient } from '../workshop.ts'
import { equal, refusal } from '../scenario.ts'

/** What a client can do with tools, over every way and in every version: a name, and what happens. */
export const calls: Readonly<Record<string, (open: Open) => Promise<unknown>>> = {
  async 'the server says who it is'(open) {
    return using(open(), async ({ server }) => {
      const { info, instructions, version, capabilities } = server
      equal(info, { name: 'workshop', version: '1.2.3' }, 'info')
      equal(instructions, 'Call anything.', 'instructions')
      return { info, instructions, version, capabilities }
    })
  },

  async 'tools are listed over pages'(open) {
    return using(open(), async (client) => {
      const tools = await all(client.tools())
      equal(tools.length, 16, 'tools')
      return tools
    })
  },

  async 'structured output has its text beside it'(open) {
    return using(open(), async (client) => {
      equal(read(await client.call('sum', { a: 1.5, b: 2 })), { sum: 3.5 }, 'sum')
      equal(await client.call('echo', { text: 'Grüße 🙂' }), 'Grüße 🙂', 'echo')
      return [await client.callTool('sum', { a: 1, b: 2 }), await client.callTool('blocks')]
    })
  },

  async 'errors are told, and those of a handler masked'(open) {
    return using(open(), async (client) => {
      const masked = await client.callTool('breaks')
      equal(masked.isError, true, 'isError')
      equal(JSON.stringify(masked).includes('hunter2'), false, 'the secret')
      equal(await refusal(client.call('fails')), { code: 'ERR_TOOL_CALL' }, 'fails')
      const wrong = await attempt(client.callTool('sum', { a: 'one', b: 2 } as never))
      const unknown = await attempt(client.callTool('nowhere' as 'blocks'))
      const lie = await attempt(client.callTool('lies'))
      const method = await refusal(client.request('no/such'))
      // Each masked error has an id of its own.
      const text = JSON.stringify(masked).replace(/\(id [0-9a-f]{8}\)/, '(id)')
      return { masked: text, wrong, unknown, lie, method }
    })
  },

  async 'progress arrives in order and before the answer'(open) {
    return using(open(), async (client) => {
      const seen: unknown[] = []
      const said = await client.call('steps', {}, { onProgress: (step) => void seen.push(step) })
      equal([said, seen.length], ['walked', 5], 'steps')
      return seen
    })
  },

  async 'log lines arrive from the level that was set'(open) {
    const lines: unknown[] = []
    return using(open({ onLog: (line) => void lines.push(line) }), async (client) => {
      await client.setLogLevel('info')
      await client.call('logs')
      equal(lines, [{ level: 'warning', logger: 'workshop', data: { text: 'look' } }], 'lines')
      return lines
    })
  },

  async 'a cancelled call is over, its handler is told, and the next is answered'(open) {
    return using(open(), async (client) => {
      const controller = new AbortController()
      const key = unique()
      const call = client.call(
        'waits',
        { key },
        { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) },
      )
      const reason = await call.then(String, String)
      equal(reason, 'Error: enough', 'reason')
      await untilAborted(client, key)
      equal(await client.call('echo', { text: 'again' }), 'again', 'the next call')
      return reason
    })
  },

  async 'a call without an answer in time fails and is cancelled'(open) {
    return using(open(), async (client) => {
      const key = unique()
      const late = await refusal(client.call('waits', { key }, { timeoutMs: 40 }))
      equal(late, { code: 'ERR_TIMEOUT' }, 'late')
      await untilAborted(client, key)
      return late
    })
  },

  async 'an argument travels in a header too'(open) {
    return using(open(), async (client) => {
      const said = []
      for (const region of ['eu', '日本', ' spaced ']) {
        said.push(await client.call('region', { region }))
      }
      equal(said, ['eu', '日本', ' spaced '], 'regions')
      return said
    })
  },

  async 'a megabyte comes back as it was sent'(open) {
    return using(open(), async (client) => {
      const text = 'aé日🙂'.repeat(100_000)
      equal((await client.call('echo', { text })) === text, true, 'the text')
      return text.length
    })
  },

  async 'fifty calls at once find their answers'(open) {
    return using(open(), async (client) => {
      const numbers = Array.from({ length: 50 }, (_, index) => index)
      const sums = await Promise.all(numbers.map((a) => client.call('sum', { a, b: 1 })))
      const found = sums.map((answer) => read(answer).sum - 1)
      equal(found, numbers, 'sums')
      return found.length
    })
  },
}

/** Hands a client to `body` and closes it, whatever comes of it. */
export async function using<R>(
  opening: Promise<WorkshopClient>,
  body: (client: WorkshopClient) => Promise<R>,
): Promise<R> {
  const client = await opening
  try {
    return await body(client)
  } finally {
    await client.close()
  }
}

/** Reads a listing to its end. */
export async function all<T>(listing: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of listing) items.push(item)
  return items
}

/** What a call came to: its result, or how it was refused. */
export function attempt(call: Promise<unknown>): Promise<unknown> {
  return call.catch(() => refusal(call))
}

let count = 0
const prefix = String(Math.random()).slice(2)

/** A key that no other run of a scenario has, though they share a server. */
export function unique(): string {
  return `${prefix}-${(count += 1)}`
}

/** Versions without structured content say the same in text. */
function read<T>(answer: T): T {
  return typeof answer === 'string' ? (JSON.parse(answer) as T) : answer
}

/** Asks until the handler was told: over HTTP the server learns of it when the connection ends. */
async function untilAborted(client: WorkshopClient, key: string): Promise<void> {
  const givenUp = Date.now() + 10_000
  while ((await client.call('was-aborted', { key })) !== 'yes') {
    if (Date.now() > givenUp) throw new Error('the handler was not told that its call was aborted')
  }
}
