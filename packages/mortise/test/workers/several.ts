import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { vi } from 'vitest'
import type { Exchange, HeaderRecord } from '../../src/http/exchange.ts'
import { callStateless } from '../stateless-peer.ts'

/** One running program of several processes. */
export interface Several {
  readonly primary: ChildProcess
  readonly url: string
  /** Lines that its processes have logged and that begin with `word`, without it. */
  logged(word: string): string[][]
  /** The processes that a request reached first, by their ids; those that name `session`, or all. */
  reached(session?: string): Set<string>
  /** What it said on stderr so far. */
  readonly said: string
  /** Takes what an era's peer sends to it, over a fresh connection for each request. */
  readonly handle: (exchange: Exchange) => void
  /** The same, with these headers besides. */
  handleWith(headers: HeaderRecord): (exchange: Exchange) => void
  /** The ids of the processes that answer, once there are `count`. */
  workers(count: number): Promise<string[]>
}

/** A folder with the bundled program in it. */
export interface Built {
  start(env?: Readonly<Record<string, string>>): Promise<Several>
  /** Starts one that may never listen. */
  launch(env?: Readonly<Record<string, string>>): Omit<Several, 'url'>
  /** Ends all that still runs. */
  remove(): Promise<void>
}

/** Bundles the program, since Node of the oldest supported version runs no TypeScript. */
export async function build(): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-several-'))
  const file = join(folder, 'program.mjs')
  const bundle = await rolldown({
    input: fileURLToPath(new URL('program.ts', import.meta.url)),
    platform: 'node',
    external: ['undici'],
    logLevel: 'silent',
  })
  await bundle.write({ file, format: 'esm', codeSplitting: false })
  const started: ChildProcess[] = []
  let count = 0

  function launch(env: Readonly<Record<string, string>> = {}): Omit<Several, 'url'> & {
    readonly listening: Promise<string>
  } {
    const log = join(folder, `log-${(count += 1)}`)
    writeFileSync(log, '')
    const primary = spawn(process.execPath, [file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // What a primary leaves behind that is killed is removed with the rest.
      env: { ...process.env, SECRET: 'a secret of all workers', LOG: log, TMPDIR: folder, ...env },
    })
    started.push(primary)
    let said = ''
    let url = ''
    primary.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const listening = new Promise<string>((resolve, reject) => {
      primary.stdout.on('data', (chunk: Buffer) => {
        url ||= /^listening (\S+)$/m.exec(chunk.toString())?.[1] ?? ''
        if (url !== '') resolve(url)
      })
      primary.once('exit', () => reject(new Error(`it ended: ${said}`)))
    })
    listening.catch(() => {})
    const logged = (word: string): string[][] =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${word} `) || line === word)
        .map((line) => line.split(' ').slice(1))
    const handleWith = (headers: HeaderRecord) => (exchange: Exchange) =>
      void carry(exchange, url, headers)
    const handle = handleWith({})
    return {
      primary,
      listening,
      get said() {
        return said
      },
      logged,
      reached: (session) =>
        new Set(
          logged('request')
            .filter(([, , named]) => session === undefined || named?.includes(session))
            .map(([pid = '']) => pid),
        ),
      handle,
      handleWith,
      async workers(wanted) {
        const found = new Set<string>()
        await vi.waitFor(
          async () => {
            const { result } = JSON.parse(await (await callStateless(handle, 'where')).text())
            found.add(result.content[0].text)
            if (found.size < wanted) throw new Error(`only ${[...found].join(', ')} answer`)
          },
          { timeout: 15_000, interval: 5 },
        )
        return [...found]
      },
    }
  }

  return {
    launch,
    async start(env) {
      const several = launch(env)
      const url = await several.listening
      return Object.defineProperty(several, 'url', { value: url }) as typeof several & {
        readonly url: string
      }
    },
    async remove() {
      for (const child of started) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const carried: readonly string[] = [
  'accept',
  'content-type',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
]

/** Takes one exchange over a connection of its own. */
async function carry(exchange: Exchange, url: string, more: HeaderRecord): Promise<void> {
  const { method, path, query = '' } = exchange
  const named = carried.map((name) => [name, exchange.header(name)] as const)
  const headers = Object.fromEntries(named.filter(([, value]) => value !== undefined))
  const body = method === 'POST' ? await exchange.body(2 ** 24, 60_000) : undefined
  const target = new URL(`${path}${query === '' ? '' : `?${query}`}`, url)
  const sent = request(target, { method, agent: false, headers: { ...headers, ...more } })
  exchange.onGone(() => sent.destroy())
  sent.on('error', (error) => exchange.reply(599, {}, error.message))
  sent.on('response', (answer) => {
    const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
    const head = Object.fromEntries(told) as HeaderRecord
    if (answer.statusCode === 204) {
      exchange.reply(204, head)
      return
    }
    const sink = exchange.open(answer.statusCode ?? 599, head)
    answer.setEncoding('utf8')
    answer.on('data', (text: string) => sink.write(text))
    answer.once('error', (error) => sink.cut(error))
    answer.once('end', () => sink.end())
  })
  sent.end(body)
}
