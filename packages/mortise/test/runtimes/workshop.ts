import { createServer, ToolError } from 'mortise/server'
import type { ServerOptions } from 'mortise/server'
import type { Client, ConnectOptions, TypesOf } from 'mortise/client'

export type Workshop = ReturnType<typeof createWorkshop>
export type WorkshopClient = Client<TypesOf<Workshop>>
/** Connects to a workshop: in one version, over one way. */
export type Open = (options?: ConnectOptions) => Promise<WorkshopClient>

const yes = { type: 'object', properties: { yes: { type: 'boolean' } }, required: ['yes'] } as const
const key = { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] } as const

/** The server that every runtime serves and calls: some of everything, and nothing that differs by runtime. */
export function createWorkshop(options: Partial<ServerOptions> = {}) {
  const aborted = new Set<string>()
  const runs = new Map<string, number>()

  const server = createServer({
    name: 'workshop',
    version: '1.2.3',
    instructions: 'Call anything.',
    limits: { pageSize: 4 },
    onError: () => {}, // what is masked is masked on purpose here
    ...options,
  })
    .tool(
      'sum',
      {
        description: 'Adds',
        input: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
          additionalProperties: false,
        },
        output: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
      },
      ({ a, b }) => ({ sum: a + b }),
    )
    .tool(
      'echo',
      { input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
      ({ text }) => text,
    )
    .tool('blocks', {}, () => [
      { type: 'text', text: 'a picture' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ])
    .tool('fails', {}, () => {
      throw new ToolError('the printer is on fire')
    })
    .tool('breaks', {}, () => {
      throw new Error('password is hunter2')
    })
    .tool(
      'lies',
      { output: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } },
      () => ({ n: 'not a number' as unknown as number }),
    )
    .tool('steps', {}, async (_args, { progress }) => {
      for (let step = 1; step <= 5; step++) {
        progress(step, 5, `step ${step}`)
        await Promise.resolve()
      }
      return 'walked'
    })
    .tool('logs', {}, (_args, { log }) => {
      log('debug', 'too fine')
      log('warning', { text: 'look' }, 'workshop')
      return 'logged'
    })
    .tool('waits', { input: key }, async ({ key }, { signal, progress }) => {
      progress(1)
      // A timer too: workerd ends a call that waits for nothing of the world.
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 60_000)
        const end = (): void => {
          aborted.add(key)
          clearTimeout(timer)
          resolve()
        }
        signal.addEventListener('abort', end, { once: true })
      })
      return 'never heard'
    })
    .tool('was-aborted', { input: key }, ({ key }) => (aborted.has(key) ? 'yes' : 'no'))
    .tool(
      'region',
      {
        input: {
          type: 'object',
          properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
          required: ['region'],
        },
      },
      ({ region }) => region,
    )
    .tool('asks', { input: key }, async ({ key }, { elicit }) => {
      const answer = await elicit('sure', `Really ${key}?`, yes)
      return answer.action === 'accept' ? `yes: ${answer.content.yes}` : answer.action
    })
    .tool('orders', { input: key }, async ({ key }, { elicit, once, now, random }) => {
      const began = now()
      const drawn = random()
      const order = await once('order', () => {
        runs.set(key, (runs.get(key) ?? 0) + 1)
        return { began, drawn }
      })
      const answers = await Promise.all(['pay', 'ship'].map((ask) => elicit(ask, `${ask}?`, yes)))
      return {
        same: order.began === began && order.drawn === drawn,
        runs: runs.get(key) ?? 0,
        answers: answers.map(({ action }) => action),
      }
    })
    .tool('writes', {}, async (_args, { sample }) => {
      const { model, text } = await sample('haiku', { messages: 'A haiku', maxTokens: 100 })
      return `${model} wrote ${text}`
    })
    .tool('folders', {}, async (_args, { listRoots }) =>
      (await listRoots()).map(({ uri }) => uri).join(' '),
    )
    .tool('changes', {}, () => {
      server.updated('memo://one')
      // A tool that comes and goes, so that the list is the same for whoever reads it next.
      server.tool('fleeting', {}, () => 'gone')
      server.remove('tool', 'fleeting')
      return 'changed'
    })
    .resource(
      'memo://one',
      { name: 'one', mimeType: 'text/plain', cache: { ttlMs: 1000, scope: 'public' } },
      () => 'the first memo: naïve café 日本 🙂',
    )
    .resource('memo://bytes', { name: 'bytes', mimeType: 'application/octet-stream' }, () =>
      Uint8Array.of(0, 1, 127, 128, 255),
    )
    .resourceTemplate(
      'city:///{name}',
      {
        name: 'cities',
        mimeType: 'application/json',
        complete: {
          name: (value) => ['oslo', 'rome', 'riga'].filter((city) => city.startsWith(value)),
        },
      },
      ({ name }) => JSON.stringify({ name }),
    )
    .prompt(
      'review',
      {
        description: 'Reviews code',
        arguments: {
          code: { description: 'The code', required: true },
          style: {
            complete: (value, { arguments: chosen }) => [`${value}-${chosen['code'] ?? 'none'}`],
          },
        },
      },
      ({ code, style }) => `${code} in ${style ?? 'any'} style`,
    )
  return server
}
