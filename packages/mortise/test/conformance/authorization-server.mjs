// The suite's scenarios for authorization servers, run against the OAuth front (front.ts). The suite prints a URL that a
// person would open; here a small browser does, presses the button, and goes on to the suite's own callback.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** The scenarios that there are; each must be among the results. */
export const authorizationScenarios = [
  'authorization-server-metadata-endpoint',
  'authorization-code-grant',
]

/**
 * Runs both scenarios. `node` starts `cli`, the suite; `fixture` is the bundle of front.ts; what the suite writes goes below
 * `output`. Gives scenario → checks, as the suite wrote them.
 */
export async function runAuthorizationServer({ node, cli, fixture, output, revision }) {
  const front = await startFront(fixture)
  try {
    const port = await freePort()
    const target = ['--url', front.issuer, '--client-id', 'conformance']
    const args = [cli, 'authorization', ...target, '--resource', `${front.issuer}/mcp`]
    args.push('--port', String(port), '--spec-version', revision, '--output-dir', output)
    const said = await runSuite(node, args, front.issuer)
    return { checks: readChecks(output), said }
  } finally {
    await front.stop()
  }
}

function runSuite(node, args, issuer) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let visiting
    const read = (chunk) => {
      said += chunk
      const url = firstUrl(said, `${issuer}/authorize?`)
      if (url === undefined || visiting !== undefined) return
      visiting = visit(url, issuer).catch((error) => {
        said += `\nthe browser failed: ${error.message}\n`
        child.kill('SIGTERM') // nobody would come to the callback
      })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('close', () => resolve(said))
  })
}

/** The URL that begins so, once its line is whole. */
function firstUrl(text, start) {
  const at = text.indexOf(start)
  if (at < 0) return undefined
  const end = text.slice(at).search(/\s/)
  return end < 0 ? undefined : text.slice(at, at + end)
}

/** A browser whose user allows everything: follows redirects with its cookies, and presses the button of the page. */
async function visit(first, issuer) {
  const cookies = new Map()
  let url = new URL(first)
  let init = {}
  for (let hops = 0; hops < 20; hops++) {
    const own = url.origin === issuer
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = own && cookie !== '' ? { ...init.headers, cookie } : { ...init.headers }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of own ? response.headers.getSetCookie() : []) {
      const pair = line.split(';')[0]
      const at = pair.indexOf('=')
      cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const body = await response.text()
    const location = response.headers.get('location')
    const sealed = /name="request" value="([^"]*)"/.exec(body)?.[1]
    if (location !== null) {
      url = new URL(location, url)
      init = {}
    } else if (own && sealed !== undefined) {
      url = new URL('/consent', url)
      init = {
        method: 'POST',
        headers: { origin: issuer, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ request: sealed, decision: 'approve' }),
      }
    } else if (own) throw new Error(`a page without a button: ${response.status}`)
    else return
  }
  throw new Error('too many redirects')
}

function readChecks(output) {
  const found = new Map()
  if (!existsSync(output)) return found
  for (const file of readdirSync(output, { recursive: true })) {
    if (basename(file) !== 'checks.json') continue
    const scenario = authorizationScenarios.find((name) => dirname(file).includes(name))
    if (scenario === undefined) continue
    found.set(scenario, JSON.parse(readFileSync(join(output, file), 'utf8')))
  }
  return found
}

async function startFront(fixture) {
  const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const issuer = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the front fixture ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('listening ')) resolve(line.slice('listening '.length))
    })
  })
  return {
    issuer,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
