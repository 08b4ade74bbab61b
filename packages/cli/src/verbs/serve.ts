import { fstatSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { McpError } from 'mortise'
import { serve as serveOnNode } from 'mortise/node'
import type { Servable, Serving } from 'mortise/node'
import { cacheFolder } from '../cache-folder.ts'
import { UsageError } from '../command-error.ts'
import { exitCodes } from '../exit.ts'
import { isModulePath, loadServer } from '../load-server.ts'
import { readNumber } from '../options.ts'
import type { ValuesOf } from '../options.ts'
import { readyMadeNames, readyMadeServer, readyMadeUsage } from '../ready-made.ts'
import { watchPorts } from '../serves-itself.ts'
import { keepStdoutFree } from '../stdout-free.ts'
import { didYouMean } from '../suggest.ts'
import type { Terminal } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'

const text: VerbText = {
  name: 'serve',
  summary: 'Serve a module, or a ready-made server, over stdio or HTTP',
  usage: [
    "serve FILE [--stdio|--http] [the module's own arguments …]",
    'serve files [DIR …] [--write] [--hidden] [--stdio|--http]',
    'serve openapi FILE|URL [--base-url URL] [--read-only] [--stdio|--http]',
  ],
  about: [
    'FILE is a JavaScript or TypeScript module whose default export, or export named "server", is what createServer() ' +
      'gives, or a function that returns it; the function is called with the arguments that are left.',
    `Ready-made servers: ${readyMadeNames.join(', ')}.`,
    'Without --stdio or --http a server whose stdin is a pipe or a file speaks stdio, since then a host has started it; ' +
      'else HTTP, with /dev/null too. ' +
      'Arguments after -- all go to the server.',
  ],
  examples: [
    ['serve server.ts', 'At http://127.0.0.1:3456/mcp, until Ctrl-C'],
    ['serve server.ts --http --port 8080', 'At another port; 0 takes a free one'],
    [
      'serve server.ts --host 0.0.0.0 --allow-host box.lan --unprotected',
      'To other machines, which call it box.lan',
    ],
    ['serve files ~/notes --write --stdio', 'For the configuration of a host'],
  ],
}

const options = {
  stdio: { help: 'Speak over stdin and stdout' },
  http: { help: 'Listen for HTTP' },
  port: { value: 'N', help: 'Listen here. Default: the variable PORT, or 3456' },
  host: {
    value: 'ADDRESS',
    help: 'Listen at this address. Default: 127.0.0.1, which only this machine reaches',
  },
  'allow-host': {
    value: 'NAME',
    several: true,
    help: 'Answer to this host name too, without scheme and port: box.lan',
  },
  origin: {
    value: 'URL',
    several: true,
    help: 'Let pages of this origin call: https://app.example.com',
  },
  sse: { help: 'Serve clients of the older HTTP+SSE transport too, at the path and at /sse' },
  path: { value: 'PATH', help: 'Where the server is. Default: /mcp' },
  'next-free-port': { help: 'Take the next free port when the port is taken' },
  unprotected: { help: 'Listen beyond this machine although everybody may call' },
} as const

type Values = ValuesOf<typeof options>

/** `mortise serve`. */
export const serve: Verb = defineVerb({
  ...text,
  options,
  passUnknown: true,
  async moreHelp(argv) {
    const name = argv.find((word) => readyMadeNames.includes(word))
    return name === undefined ? undefined : await readyMadeUsage(name)
  },
  async run({ words, after = [], values }, { terminal }) {
    needWords(words, { verb: text, min: 1 })
    const transport = readTransport(values)
    const [what = '', ...rest] = words
    const serving = await serveServer(
      { what, argv: [...rest, ...after] },
      { values, transport, terminal },
    )
    await serving.done
    return exitCodes.ok
  },
})

async function serveServer(
  wanted: Wanted,
  { values, transport, terminal }: { values: Values; transport: Transport; terminal: Terminal },
): Promise<Serving> {
  const { host, path, port } = values
  const given = {
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path: readPath(path) }),
    ...(port === undefined ? {} : { port: readNumber('port', port, { min: 0, max: 65_535 }) }),
  }
  const watch = watches[transport]()
  const server = await makeServer(wanted, terminal)
  await watch.release()
  try {
    return await serveOnNode(server, {
      ...given,
      transport,
      nextFreePort: values['next-free-port'],
      unprotected: values.unprotected,
      hosts: values['allow-host'],
      origins: values.origin,
      sse: values.sse,
      argv: [],
      onListening: (url) => {
        watch.listening?.()
        announce(url, server, terminal)
      },
    })
  } catch (error) {
    // By the module, perhaps.
    if (error instanceof McpError && error.code === 'ERR_PORT_TAKEN') await watch.release()
    throw inOurWords(error)
  }
}

type Transport = 'stdio' | 'http'

/** What a module must leave alone while it is loaded: what it prints must not be taken for protocol, nor its port be ours. */
const watches: Readonly<Record<Transport, () => Watch>> = {
  stdio: keepStdoutFree,
  http: watchPorts,
}

interface Watch {
  release(): void | Promise<void>
  listening?(): void
}

/** The library's words for options that came from the command line. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error
  const text = error.message.replace(/^hosts:/, '--allow-host').replace(/^origins:/, '--origin')
  return new UsageError(text, { cause: error })
}

function readTransport({ stdio, http }: Values): Transport {
  if (stdio && http) throw new UsageError('give --stdio or --http, not both')
  if (stdio || http) return stdio ? 'stdio' : 'http'
  return stdinIsPiped() ? 'stdio' : 'http'
}

/** As `serve` of `mortise/node` decides; here before the module is loaded, which may print. */
function stdinIsPiped(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket() || stdin.isFile()
  } catch {
    return false // closed before the start
  }
}

/** What is to be served. */
interface Wanted {
  readonly what: string
  readonly argv: readonly string[]
}

async function makeServer({ what, argv }: Wanted, { env }: Terminal): Promise<Servable> {
  const make = readyMadeServer(what)
  if (make !== undefined) return await make(argv)
  const path = resolve(what)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    const hint = didYouMean(what, readyMadeNames)
    throw new UsageError(`there is no file ${what}, and no ready-made server of this name.${hint}`)
  }
  if (!isModulePath(path)) {
    throw new UsageError(
      `${what} is no module: its name must end in .js, .mjs, .cjs, .ts, .mts or .cts`,
    )
  }
  return await loadServer({ path, argv, cacheFolder: cacheFolder(env) })
}

function readPath(path: string): string {
  if (path.startsWith('/')) return path
  throw new UsageError(`--path begins with a slash: /${path}`)
}

function announce(url: string, { info }: Servable, { err }: Terminal): void {
  const { paint, stream } = err
  stream.write(`${paint.bold(info.name)} is at ${paint.cyan(url)}\n`)
  if (err.isTTY) stream.write(paint.dim(`Try: mortise list ${url}   Ctrl-C ends it\n`))
}
