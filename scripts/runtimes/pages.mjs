import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { readLines } from './programs.mjs'

const html =
  '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.mjs"></script>'
const runTimeoutMs = 120_000

/** Serves a page that runs scenarios, and hears what came of them: `{ origin, run, stop }`. */
export async function startPages(code) {
  let heard = () => {}
  const routes = {
    '/page.mjs': (_req, res) => res.writeHead(200, { 'content-type': 'text/javascript' }).end(code),
    '/lines': async (req, res) => {
      const lines = readLines(await text(req))
      res.end()
      heard(lines)
    },
    '/': (_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(html),
  }
  const http = createServer((req, res) => {
    const route = routes[new URL(req.url, 'http://x').pathname]
    if (route === undefined) res.writeHead(404).end()
    else void route(req, res)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const origin = `http://127.0.0.1:${http.address().port}`

  /** Opens the page in a browser: the lines of its scenarios, and what the browser said. */
  async function run([program, ...args], { query, scratch }) {
    const profile = mkdtempSync(join(scratch, 'profile-'))
    const url = `${origin}/?${new URLSearchParams(query)}`
    const child = spawn(program, [...args, `--user-data-dir=${profile}`, url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (piece) => (said += piece))
    const closed = once(child, 'close')
    const timeout = new AbortController()
    const lines = await Promise.race([
      new Promise((resolve) => (heard = resolve)),
      closed.then(() => []),
      sleep(runTimeoutMs, timeout.signal).then(() => []),
    ])
    timeout.abort()
    child.kill('SIGTERM')
    await closed
    return { lines, said }
  }

  return {
    origin,
    run,
    async stop() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

function sleep(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}
