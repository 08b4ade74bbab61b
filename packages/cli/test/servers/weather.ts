import { ResourceNotFoundError, ToolError, createServer } from 'mortise/server'
import type { Server } from 'mortise/server'

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A server of every kind of thing that the command shows. `--session` makes it an old one. */
export function server(argv: readonly string[]): Server {
  const eras = argv.includes('--session') ? { stateless: false } : {}
  const weather: Server = createServer({ name: 'weather', version: '1.2.3', eras })
  addTools(weather)
  addQuestions(weather)
  weather
    .resource('docs://guide', { name: 'guide', mimeType: 'text/plain' }, () => 'Take a coat.\n')
    .resource('img://dot', { name: 'dot', mimeType: 'image/png' }, () =>
      Buffer.from(pixel, 'base64'),
    )
    .resourceTemplate('docs://{city}/notes', { name: 'notes' }, ({ city }) => {
      throw new ResourceNotFoundError(`docs://${city}/notes`)
    })
    .prompt(
      'pack',
      { description: 'What to pack', arguments: { city: { required: true }, mood: {} } },
      ({ city }) => `What should I pack for ${city}?`,
    )
  return weather
}

function addTools(server: Server): void {
  server
    .tool(
      'forecast',
      {
        description: 'Forecast for a city',
        input: {
          type: 'object',
          properties: {
            city: { type: 'string' },
            days: { type: 'integer', default: 1 },
            tags: { type: 'array', items: { type: 'string' } },
            detailed: { type: 'boolean' },
          },
          required: ['city'],
        },
        output: { type: 'object', properties: { asked: {} }, required: ['asked'] },
      },
      (asked, { log, progress }) => {
        log('info', `asked for ${asked.city}`)
        progress(1, 2, 'half way')
        return { asked }
      },
    )
    .tool(
      'where',
      { description: 'Lists the roots of the client' },
      async (_args, { listRoots }) => ({
        roots: await listRoots(),
      }),
    )
    .tool('storm', { description: 'Always fails' }, () => {
      throw new ToolError('the storm is too strong')
    })
    .tool('siren', { description: 'Says what a terminal would obey' }, () => 'a\x1b[2Jb\u202e')
    .tool(
      'variable',
      { description: 'What the environment has' },
      () => process.env['WEATHER_KEY'] ?? 'unset',
    )
    .tool(
      'wait',
      { description: 'Waits until it is cancelled' },
      async (_input, { signal, progress }) => {
        progress(1, undefined, `waiting in ${process.pid}`)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return 'cancelled'
      },
    )
    .tool('broken', { description: 'Has a defect' }, () => {
      throw new Error('no such table')
    })
    .tool('crash', { description: 'Ends the server' }, () => {
      console.error('the last words')
      return process.exit(7)
    })
}

function addQuestions(server: Server): void {
  const form = {
    type: 'object',
    properties: {
      seats: { type: 'integer', minimum: 1, maximum: 4 },
      window: { type: 'boolean', default: true },
    },
    required: ['seats'],
  } as const
  server.tool('book', { description: 'Asks for a seat' }, async (_input, context) => {
    if (!context.canElicit()) throw new ToolError('there is nobody to ask')
    const answer = await context.elicit('seat', 'Where do you want to sit?', form)
    return JSON.stringify(answer)
  })
  server.tool('insist', { description: 'Asks whoever calls' }, async (_input, context) =>
    JSON.stringify(await context.elicit('seat', 'Where do you want to sit?', form)),
  )
}
