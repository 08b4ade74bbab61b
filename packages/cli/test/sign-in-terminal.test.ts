import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPaint } from '../src/paint.ts'
import { run } from '../src/run.ts'
import type { Screen, Terminal } from '../src/terminal.ts'
import type { IssuerRules } from './issuer.ts'
import { browserModule, startProtectedServer } from './protected.ts'
import type { ProtectedServer } from './protected.ts'

let folder = ''
let notes: ProtectedServer
/** What the authorization server grants, in place of what is asked for. */
let rules: IssuerRules
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-terminal-'))
  writeFileSync(join(folder, 'browser.mjs'), browserModule)
  rules = {}
  notes = await startProtectedServer(rules)
})
afterEach(async () => {
  await notes.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a call in a terminal signs in on the way, and asks for more rights where it needs them', async () => {
  rules.grants = 'notes:read'
  const first = person()
  expect(await first.run(['call', notes.url, 'look'])).toBe(0)
  expect(first.out()).toContain('read by')
  expect(first.err()).toContain(`Opening ${notes.issuer.url} in your browser.`)
  expect(first.err()).toContain('Signed in at')
  delete rules.grants
  const second = person()
  expect(await second.run(['call', notes.url, 'write'])).toBe(0)
  expect(second.out()).toBe('written\n')
  expect(second.err()).toContain('More rights are needed, for: notes:read notes:write')
  const third = person()
  expect(await third.run(['call', notes.url, 'write'])).toBe(0)
  expect(third.err()).toBe('')
})

test('without a browser the page is opened elsewhere, and the address that it ended at is pasted', async () => {
  const here = person()
  const done = here.run(['call', notes.url, 'look', '--no-browser'])
  await expect.poll(() => here.err(), { timeout: 10_000 }).toContain('paste it here')
  const [page = ''] = /^http:.*authorize.*$/m.exec(here.err()) ?? []
  // The browser of another machine, which cannot show where it is sent to.
  const { headers } = await fetch(page, { redirect: 'manual' })
  here.types(`${headers.get('location')}\n`)
  expect(await done).toBe(0)
  expect(here.out()).toContain('read by')
  expect(here.err()).not.toMatch(/[?&]code=|access-|refresh-/)
})

test('a terminal whose browser cannot be opened gets the page and the question', async () => {
  const here = person({ BROWSER: 'mortise-no-such-browser' })
  const done = here.run(['sign-in', notes.url])
  await expect.poll(() => here.err(), { timeout: 10_000 }).toContain('paste it here')
  const [page = ''] = /^http:.*authorize.*$/m.exec(here.err()) ?? []
  await fetch(page) // a browser on this machine all the same
  expect(await done).toBe(0)
})

test('Ctrl-C while the user is away ends the command', async () => {
  const here = person({ BROWSER: 'mortise-no-such-browser' })
  const done = here.run(['list', notes.url])
  await expect.poll(() => here.err(), { timeout: 10_000 }).toContain('paste it here')
  here.interrupt(new Error('Ctrl-C'))
  expect(await done).not.toBe(0)
})

interface Person {
  run(argv: readonly string[]): Promise<number>
  types(text: string): void
  interrupt(reason: Error): void
  out(): string
  err(): string
}

/** Somebody at a terminal, with a browser. */
function person(env: Record<string, string> = {}): Person {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const texts = { out: '', err: '' }
  const screen = (name: 'out' | 'err', isTTY: boolean): Screen => {
    const stream = new PassThrough()
    stream.setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
    return { stream, isTTY, columns: 80, paint: createPaint({ enabled: false }) }
  }
  const browser = `"${process.execPath}" "${join(folder, 'browser.mjs')}" "${join(folder, 'seen')}"`
  const terminal: Terminal = {
    input,
    out: screen('out', false),
    err: screen('err', true),
    env: {
      PATH: process.env['PATH'],
      BROWSER: browser,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      ...env,
    },
  }
  const controller = new AbortController()
  const { signal } = controller
  return {
    run: (argv) => run(argv, { terminal, signal, interrupt() {}, self: ['mortise'] }),
    types: (text) => void input.write(text),
    interrupt: (reason) => controller.abort(reason),
    out: () => texts.out,
    err: () => texts.err,
  }
}
