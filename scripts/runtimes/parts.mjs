import { dirname, join } from 'node:path'
import { readLines, runProgram, startServer, startWorkerd } from './programs.mjs'

/**
 * What is run on a runtime: `{ name, set, run }`. Parts of one `set` are the same scenarios over another way, and must give
 * the same. `around` is what all of them need: the bundles, a server by the reference and its command, the pages.
 */
export function partsOf(runtime, around) {
  return kinds[runtime.kind](runtime, around)
}

/** A proxy that nobody is: whoever goes through it fails. The agents of `node:http` do so on Deno, unless they are told not to. */
const deadProxy = {
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  NO_PROXY: '',
  no_proxy: '',
}

const kinds = { process: processParts, workerd: workerdParts, page: pageParts }

function processParts({ command, serves = false }, around) {
  const { bundles, reference, server, shops } = around
  const own = (...args) => runProgram(command, [bundles.process, ...args])
  const call = (url) => runProgram(reference, [bundles.process, 'client', url])
  const alike = (...args) => runProgram(command, [bundles.neutral, ...args])
  const authorize = (...args) => runProgram(command, [bundles.authorization, ...args])
  const childOf = ([program, ...args]) => [program, ...args, bundles.process, 'stdio']
  return [
    { name: 'in one process', set: 'neutral', run: () => own('neutral') },
    { name: 'its client', set: 'calls', run: () => own('client', server.url) },
    {
      name: 'its client without undici',
      set: 'calls',
      run: () => runProgram(command, [bundles.alone, 'client', server.url]),
    },
    { name: 'its client over fetch', set: 'calls', run: () => own('client-fetch', server.url) },
    {
      name: 'its client starts a server',
      set: 'stdio',
      run: () => own('spawn', ...childOf(reference)),
    },
    {
      name: 'its server is started',
      set: 'stdio',
      run: () => runProgram(reference, [bundles.process, 'spawn', ...childOf(command)]),
    },
    {
      name: 'its server by serve of mortise/node',
      set: 'calls',
      run: () => served(startServer(command, [bundles.process, 'serve-node']), call),
    },
    {
      name: 'authorization in one process',
      set: 'authorization',
      run: () => alike('authorization'),
    },
    {
      name: 'authorization over sockets',
      set: 'authorization',
      run: () => authorize('authorization'),
    },
    { name: 'getting in elsewhere', set: 'remote', run: () => authorize('remote', shops.url) },
    {
      name: 'getting in elsewhere by fetch',
      set: 'remote',
      run: () => alike('remote', shops.url),
    },
    { name: 'its front in one process', set: 'fronts', run: () => alike('fronts') },
    { name: 'its front over sockets', set: 'fronts', run: () => authorize('fronts') },
    {
      name: 'signing in by a browser',
      set: 'sign-in',
      run: () => authorize('sign-in', ...command, bundles.authorization),
    },
    {
      name: 'addresses, with a proxy in the environment',
      set: 'addresses',
      run: () => runProgram(command, [bundles.authorization, 'addresses'], deadProxy),
    },
    ...(serves
      ? [
          {
            name: 'its server by server.fetch',
            set: 'calls',
            run: () => served(startServer(command, [bundles.process, 'serve-fetch']), call),
          },
        ]
      : []),
  ]
}

function workerdParts({ command }, { bundles, reference, server, shops }) {
  const configuration = join(dirname(bundles.worker), 'workerd.capnp')
  const ask = async (origin, query) => {
    const answer = await fetch(`${origin}/run?${new URLSearchParams(query)}`)
    return { lines: readLines(await answer.text()), said: '' }
  }
  const inside = (query) => served(startWorkerd(command, configuration), (url) => ask(url, query))
  const call = (origin) => runProgram(reference, [bundles.process, 'client', `${origin}/mcp`])
  return [
    { name: 'in one worker', set: 'neutral', run: () => inside({ part: 'neutral' }) },
    {
      name: 'authorization in one worker',
      set: 'authorization',
      run: () => inside({ part: 'authorization' }),
    },
    {
      name: 'getting in elsewhere by fetch',
      set: 'remote',
      run: () => inside({ part: 'remote', url: shops.url }),
    },
    { name: 'its front in one worker', set: 'fronts', run: () => inside({ part: 'fronts' }) },
    { name: 'its client', set: 'calls', run: () => inside({ part: 'client', url: server.url }) },
    {
      name: 'its server by server.fetch',
      set: 'calls',
      run: () => served(startWorkerd(command, configuration), call),
    },
  ]
}

function pageParts({ command }, { pages, scratch, server, shops }) {
  const open = (query) => pages.run(command, { query, scratch })
  return [
    { name: 'in one page', set: 'neutral', run: () => open({ part: 'neutral' }) },
    {
      name: 'authorization in one page',
      set: 'authorization',
      run: () => open({ part: 'authorization' }),
    },
    {
      name: 'getting in elsewhere by fetch',
      set: 'remote',
      run: () => open({ part: 'remote', url: shops.url }),
    },
    { name: 'its client', set: 'calls', run: () => open({ part: 'client', url: server.url }) },
  ]
}

/** Hands a server's address to `use`, stops it, and adds what it said. */
async function served(starting, use) {
  const server = await starting
  try {
    const { lines, said } = await use(server.url)
    return { lines, said: said + server.said() }
  } finally {
    await server.stop()
  }
}
