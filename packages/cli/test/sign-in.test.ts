import { once } from 'node:events'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { install } from './installed.ts'
import type { Installed } from './installed.ts'
import type { IssuerRules } from './issuer.ts'
import { browserModule, startProtectedServer } from './protected.ts'
import type { ProtectedServer } from './protected.ts'

let command: Installed
let browser = ''
beforeAll(async () => {
  command = await install()
  browser = `"${process.execPath}" "${command.write('browser.mjs', browserModule)}"`
})
afterAll(() => command.remove())

const secret = 'the-secret-of-the-machine'
const machine = { id: 'machine', secret }
let notes: ProtectedServer
/** What the authorization server grants, in place of what is asked for. */
let rules: IssuerRules
let user: Record<string, string>
let number = 0
beforeEach(async () => {
  rules = { machine }
  notes = await startProtectedServer(rules)
  number += 1
  const log = join(command.folder, `seen-${number}`)
  user = { BROWSER: `${browser} "${log}"`, XDG_CONFIG_HOME: join(command.folder, `user-${number}`) }
})
afterEach(() => notes.close())

const seen = (): string => readFileSync(join(command.folder, `seen-${number}`), 'utf8')
const kept = (): string => join(user['XDG_CONFIG_HOME'] ?? '', 'mortise', 'credentials')

/** What no output may hold: tokens, codes, and what goes with them. */
const secrets = /access-|refresh-|code-|state=|code_challenge|the-secret/

test('sign-in opens the browser once, and later commands are let in', async () => {
  const first = await command.run(['sign-in', notes.url], { env: user })
  expect(first.stderr).toContain(
    `${new URL(notes.url).host} asks who you are; ${notes.issuer.url} knows.`,
  )
  expect(first.stderr).toContain(`Opening ${notes.issuer.url} in your browser.`)
  expect(first.stderr).toContain(`Signed in at ${notes.issuer.url}`)
  expect(first.stdout).toMatch(
    new RegExp(
      `^server +${notes.url}\nby +${notes.issuer.url}\n[^]*until +2[^]*kept in +${kept()}`,
    ),
  )
  expect(first.code).toBe(0)
  expect(seen()).toContain('You are signed in')
  const later = await command.run(['list', notes.url, '--tools'], { env: user })
  expect(later).toMatchObject({ code: 0, stderr: '' })
  expect(later.stdout).toContain('look')
  expect(first.stdout + first.stderr + later.stdout).not.toMatch(secrets)
  expect(notes.issuer.requests.filter((one) => one === 'POST /register')).toHaveLength(1)
})

// AUTHC-40: basic/authorization, "Token Theft".
test('AUTHC-40: what it is let in with is kept where nobody else can read it', async () => {
  await command.run(['sign-in', notes.url], { env: user })
  const files = readdirSync(kept())
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) expect(statSync(join(kept(), file)).mode & 0o077).toBe(0)
  expect(statSync(kept()).mode & 0o077).toBe(0)
})

test('sign-in tells what it comes to as a document', async () => {
  const { stdout } = await command.run(['sign-in', notes.url, '--json', '--scope', 'notes:read'], {
    env: user,
  })
  expect(JSON.parse(stdout)).toEqual({
    url: notes.url,
    issuer: notes.issuer.url,
    scopes: expect.arrayContaining(['notes:read']),
    expiresAt: expect.any(Number),
    renewable: true,
    keptIn: kept(),
  })
})

test('sign-in with a further right keeps those of before', async () => {
  rules.grants = 'notes:read'
  await command.run(['sign-in', notes.url], { env: user })
  delete rules.grants
  const args = ['sign-in', notes.url, '--json', '--scope', 'notes:write']
  const more = await command.run(args, { env: user })
  const { scopes } = JSON.parse(more.stdout) as { scopes: string[] }
  expect(new Set(scopes)).toEqual(new Set(['notes:read', 'notes:write']))
  const again = await command.run(args, { env: user })
  expect(again.stderr).toBe('')
})

test('a sign-in for a further right that comes to nothing leaves the earlier one', async () => {
  rules.grants = 'notes:read'
  await command.run(['sign-in', notes.url], { env: user })
  const args = ['sign-in', notes.url, '--scope', 'notes:write']
  expect(await command.run(args, { env: { ...user, CI: '1' } })).toMatchObject({ code: 3 })
  expect(notes.issuer.revoked).toEqual([])
  expect(await command.run(['call', notes.url, 'look'], { env: user })).toMatchObject({ code: 0 })
})

test('a header that does not let in is told in words of a shell', async () => {
  const wrong = ['-H', 'Authorization: Bearer wrong']
  const { code, stderr } = await command.run(['list', notes.url, ...wrong])
  expect(stderr).toContain("to authorize yourself give --header 'Authorization: Bearer …'")
  expect(stderr).not.toContain('signIn')
  expect(code).toBe(3)
})

test('a server that lets in by keys alone says how to give one', async () => {
  const http = createServer((_request, response) => response.writeHead(401).end())
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo // it listens on TCP
  const { code, stderr } = await command.run(['list', `http://127.0.0.1:${port}/mcp`])
  http.close()
  expect(stderr).toContain("If you have a key for it, give --header 'Authorization: Bearer …'")
  expect(code).toBe(3)
})

describe('where nobody is there to see a browser', () => {
  const failing: [string, string[], Record<string, string>, string][] = [
    ['stderr is no terminal', [], {}, '/mcp" in a terminal first'],
    ['CI is set', [], { CI: 'true' }, 'the variable CI says that nobody is here'],
    ['--no-sign-in is given', ['--no-sign-in'], {}, 'leave out --no-sign-in'],
  ]
  test.each(failing)('none is opened: %s', async (_name, options, env, said) => {
    const args = ['list', notes.url, ...options]
    const { code, stdout, stderr } = await command.run(args, { env: { ...user, ...env } })
    expect(stderr).toContain(said)
    expect([code, stdout]).toEqual([3, ''])
    expect(() => seen()).toThrow('ENOENT')
    const json = await command.run([...args, '--json'], { env: { ...user, ...env } })
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'ERR_AUTH_NEEDED' } })
  })

  test('a CI is not signed in either when somebody asks for it', async () => {
    const { code } = await command.run(['sign-in', notes.url], { env: { ...user, CI: '1' } })
    expect(code).toBe(3)
    expect(notes.issuer.requests).not.toContain('GET /authorize')
  })

  test('a call that needs more rights says so, and what can be done', async () => {
    rules.grants = 'notes:read'
    await command.run(['sign-in', notes.url], { env: user })
    const { code, stderr } = await command.run(['call', notes.url, 'write'], { env: user })
    expect(stderr).toContain('More rights are needed, for: notes:read notes:write')
    expect(stderr).toContain(
      `run "mortise sign-in ${notes.url} --scope notes:read --scope notes:write" in a terminal first`,
    )
    expect(code).toBe(3)
  })
})

test('sign-in warns of a right that it asked for and did not get', async () => {
  rules.grants = 'notes:read'
  const args = ['sign-in', notes.url, '--scope', 'notes:write']
  const { code, stderr } = await command.run(args, { env: user })
  expect(stderr).toContain(
    `warning: ${notes.issuer.url} gave notes:read only, and not notes:write: does it know that right, and may this user have it?`,
  )
  expect(code).toBe(0)
})

test('a machine signs in with its secret, which is told nowhere', async () => {
  const env = { XDG_CONFIG_HOME: user['XDG_CONFIG_HOME'] ?? '', CI: 'true', NOTES: secret }
  const options = ['--client-id', 'machine', '--client-secret-env', 'NOTES', '--client-credentials']
  const args = ['call', notes.url, 'look', ...options, '--verbose']
  const { code, stdout, stderr } = await command.run(args, { env })
  expect([code, stdout]).toEqual([0, expect.stringContaining('read by ')])
  expect(stderr).not.toMatch(secrets)
  expect(new Set(notes.issuer.grantTypes)).toEqual(new Set(['client_credentials']))
  // What is kept is of this secret, and of this account.
  const asked = notes.issuer.grantTypes.length
  expect(await command.run(args, { env })).toMatchObject({ code: 0 })
  expect(notes.issuer.grantTypes).toHaveLength(asked)
  const wrong = await command.run(args, { env: { ...env, NOTES: `not ${secret}` } })
  expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('invalid_client')])
  expect(await command.run([...args, '--account', 'b'], { env })).toMatchObject({ code: 0 })
  expect(notes.issuer.grantTypes).toHaveLength(asked + 2)
})

test('sign-out forgets, of one server or of all', async () => {
  const works = { input: '', env: user }
  expect(await command.run(['sign-out', notes.url], works)).toMatchObject({
    code: 0,
    stderr: 'nobody was signed in\n',
  })
  for (const args of [[notes.url], ['--all']]) {
    await command.run(['sign-in', notes.url], works)
    expect(await command.run(['list', notes.url], works)).toMatchObject({ code: 0 })
    const { code, stderr, stdout } = await command.run(['sign-out', ...args, '--json'], works)
    expect([code, JSON.parse(stdout)]).toEqual([0, { signedOut: [notes.url] }])
    expect(notes.issuer.revoked.slice(-2)).toEqual([
      expect.stringMatching(/^refresh-/),
      expect.stringMatching(/^access-/),
    ])
    expect(stderr).toBe(`Signed out at ${notes.issuer.url}.\n`)
    expect(await command.run(['list', notes.url], works)).toMatchObject({ code: 3 })
  }
})

test('sign-out of an issuer that is gone forgets, and says that it was not told', async () => {
  await command.run(['sign-in', notes.url], { env: user })
  await notes.close()
  const { code, stderr } = await command.run(['sign-out', notes.url], { env: user })
  expect(stderr).toContain(`${notes.url} is forgotten, but: `)
  expect(code).toBe(3)
  notes = await startProtectedServer(rules)
  const again = await command.run(['sign-out', '--all'], { env: user })
  expect(again.stderr).toBe('nobody was signed in\n')
})

test('sign-out forgets who the command is registered as where it is asked to', async () => {
  const registrations = (): number =>
    notes.issuer.requests.filter((request) => request === 'POST /register').length
  const rounds: [string[], number][] = [
    [[], 1],
    [['--forget-registration'], 1],
    [[], 2],
  ]
  for (const [options, count] of rounds) {
    await command.run(['sign-in', notes.url], { env: user })
    expect(registrations()).toBe(count)
    await command.run(['sign-out', '--all', ...options], { env: user })
  }
})

test('two accounts are kept apart', async () => {
  const works = { env: user }
  await command.run(['sign-in', notes.url, '--account', 'work'], works)
  expect(await command.run(['list', notes.url], works)).toMatchObject({ code: 3 })
  expect(await command.run(['list', notes.url, '--account', 'work'], works)).toMatchObject({
    code: 0,
  })
  expect(await command.run(['sign-out', '--all'], works)).toMatchObject({ code: 0 })
  expect(await command.run(['list', notes.url, '--account', 'work'], works)).toMatchObject({
    code: 3,
  })
})

test('a server of a configuration is signed in to in the same way', async () => {
  const config = command.write(
    'signed.json',
    JSON.stringify({ mcpServers: { n: { url: notes.url } } }),
  )
  const before = await command.run(['call', '--config', config, 'n__look'], { env: user })
  expect(before).toMatchObject({ code: 3, stderr: expect.stringContaining('asks who you are') })
  await command.run(['sign-in', notes.url, '--scope', 'notes:read'], { env: user })
  const after = await command.run(['call', '--config', config, 'n__look'], { env: user })
  expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('read by') })
})

test('a server that asks nobody is told to be one', async () => {
  const started = command.start(['serve', 'servers/weather.ts', '--http', '--port', '0'])
  const [, url = ''] = await started.said(/(http:\S+)/)
  const { code, stdout } = await command.run(['sign-in', url], { env: user })
  started.child.kill('SIGTERM')
  await started.finished
  expect([code, stdout]).toEqual([0, `${url} lets you in without asking who you are\n`])
})

test.each([
  [['sign-in', 'servers/weather.ts'], 'only servers at a URL are signed in to'],
  [['list', 'servers/weather.ts', '--scope', 'a'], '--scope is for a server at a URL'],
  [
    ['list', 'http://a.example/', '-H', 'Authorization: x', '--account', 'a'],
    '--account cannot go',
  ],
  [['list', 'http://a.example/', '--client-credentials'], '--client-credentials needs --client-id'],
  [['list', 'http://a.example/', '--client-secret-env', 'A'], 'needs --client-id'],
  [
    ['list', 'http://a.example/', '--client-id', 'a', '--client-credentials'],
    'needs --client-secret-env',
  ],
  [
    ['list', 'http://a.example/', '--client-id', 'a', '--client-secret-env', 'NO'],
    'no such variable',
  ],
  [
    ['list', 'http://a.example/', '--client-id', 'a', '--client-key', 'no.pem'],
    '--client-key no.pem',
  ],
  [['list', 'http://a.example/', '--trust', 'id.lan'], '--trust takes an origin'],
  [['list', 'http://a.example/', '--client-metadata-url', 'http://a.example/'], 'metadata'],
  [['list', 'http://127.0.0.1:1/', '--keychain'], 'install it, or leave out --keychain'],
  [['sign-out', '--all', '--account', 'a'], 'leave out --account'],
])('mortise %j is wrong use', async (args, said) => {
  const { code, stderr } = await command.run(args)
  expect(stderr).toContain(said)
  expect(code).toBe(2)
})
