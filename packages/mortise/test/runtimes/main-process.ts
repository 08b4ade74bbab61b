// The program for runtimes with processes: Node, Bun and Deno. What it prints is the driver's: one JSON line a scenario.
import { connect } from 'mortise/client'
import { serve } from 'mortise/node'
import { neutral } from './neutral.ts'
import { runScenarios } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { newest, scenariosOver } from './scenarios/index.ts'
import { createWorkshop } from './workshop.ts'
import type { Workshop } from './workshop.ts'

interface Http {
  readonly hostname: string
  readonly port: number
}

/** What Bun and Deno have of their own. */
interface Platform {
  readonly Bun?: {
    serve(options: Http & { fetch(request: Request): Promise<Response> }): { url: URL }
  }
  readonly Deno?: {
    serve(
      options: Http & { onListen(at: Http): void },
      handler: (request: Request) => Promise<Response>,
    ): unknown
  }
}

const { Bun, Deno } = globalThis as Platform
const at = { hostname: '127.0.0.1', port: 0 }
const [, , part = '', ...rest] = process.argv

const parts: Readonly<Record<string, () => Promise<void>>> = {
  neutral: () => run(neutral),

  /** The runtime's own client calls the server at a URL. */
  client: () =>
    run(
      scenariosOver(
        (version) => (options) =>
          connect<Workshop>(rest[0] ?? '', { ...options, versions: [version] }),
      ),
    ),

  /** The same, over `fetch`. */
  'client-fetch': () =>
    run(
      scenariosOver(
        (version) => (options) =>
          connect<Workshop>(rest[0] ?? '', { ...options, versions: [version], fetch }),
      ),
    ),

  /** The runtime's own client starts a server as a child. */
  spawn: () =>
    run(
      scenariosOver(
        (version) => (options) => {
          const [command = '', ...args] = rest
          return connect<Workshop>({ command, args }, { ...options, versions: [version] })
        },
        newest,
      ),
    ),

  /** `server.fetch`, served by the runtime's own HTTP. */
  async 'serve-fetch'() {
    const server = createWorkshop()
    if (Bun !== undefined) listening(new URL('/mcp', Bun.serve({ ...at, fetch: server.fetch }).url))
    else if (Deno !== undefined) {
      const onListen = ({ port }: Http) => listening(new URL(`http://127.0.0.1:${port}/mcp`))
      Deno.serve({ ...at, onListen }, server.fetch)
    } else throw new Error('this runtime has no HTTP of web requests')
  },

  /** `serve` of `mortise/node` over HTTP. */
  async 'serve-node'() {
    const [origin] = rest
    await serve(createWorkshop(), {
      transport: 'http',
      port: 0,
      ...(origin === undefined ? {} : { origins: [origin] }),
      onListening: (url) => listening(new URL(url)),
    })
  },

  /** `serve` of `mortise/node` over stdio. */
  async stdio() {
    await (
      await serve(createWorkshop(), { transport: 'stdio' })
    ).done
  },
}

await parts[part]?.()

async function run(scenarios: readonly Scenario[]): Promise<void> {
  await runScenarios(scenarios, (line) => void process.stdout.write(`${JSON.stringify(line)}\n`))
}

function listening(url: URL): void {
  process.stdout.write(`listening ${url.href}\n`)
}
