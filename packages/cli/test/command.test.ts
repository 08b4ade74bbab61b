import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { install } from './installed.ts'
import type { Installed } from './installed.ts'

let command: Installed
beforeAll(async () => {
  command = await install()
})
afterAll(() => command.remove())

const weather = 'servers/weather.ts'
const session = `${weather} --session`

test('a folder that does not exist is wrong use', async () => {
  const { code, stderr } = await command.run(['call', weather, 'where', '--root', 'nowhere'])
  expect(stderr).toContain('--root nowhere: there is no such folder')
  expect(code).toBe(2)
})

describe.each([
  ['stateless', weather],
  ['session', session],
])('a %s server', (_era, target) => {
  test('list prints one document of a stable shape', async () => {
    const { code, stdout, stderr } = await command.run(['list', target, '--json'])
    const offer = JSON.parse(stdout) as Record<string, { name: string }[]>
    expect(Object.keys(offer)).toEqual([
      'server',
      'protocol',
      'capabilities',
      'tools',
      'resources',
      'resourceTemplates',
      'prompts',
    ])
    expect(offer['server']).toMatchObject({ name: 'weather', version: '1.2.3' })
    expect(offer['tools']?.map(({ name }) => name)).toContain('forecast')
    expect([code, stderr]).toEqual([0, ''])
  })

  test('call gives values the types that the tool wants', async () => {
    const args = [
      'call',
      target,
      'forecast',
      'city=Oslo',
      'days=3',
      'detailed=yes',
      'tags=a',
      'tags=b',
    ]
    const { code, stdout } = await command.run([...args, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      structuredContent: { asked: { city: 'Oslo', days: 3, detailed: true, tags: ['a', 'b'] } },
    })
    expect(code).toBe(0)
  })

  test('a folder that --root names is told to a server that asks', async () => {
    const given = ['--root', 'servers', '--root', '.']
    const { code, stdout } = await command.run(['call', target, 'where', ...given])
    const { roots } = JSON.parse(stdout) as { roots: { uri: string; name: string }[] }
    expect(roots).toHaveLength(2)
    expect(roots[0]).toMatchObject({
      uri: expect.stringMatching(/^file:.*servers$/),
      name: 'servers',
    })
    expect(code).toBe(0)
  })

  test('a question is answered by --answer, and by the defaults of the form', async () => {
    const { code, stdout } = await command.run(['call', target, 'book', '--answer', 'seats=2'])
    const content = { seats: 2, window: true }
    expect([code, JSON.parse(stdout)]).toEqual([0, { action: 'accept', content }])
  })

  test('Ctrl-C cancels the call, ends the server and exits with 130', async () => {
    const { child, said, finished } = command.start(['call', target, 'wait', '--verbose'])
    const [, pid] = await said(/waiting in (\d+)/)
    child.kill('SIGINT')
    expect(await finished).toMatchObject({ code: 130, stdout: '' })
    await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH'))
  })
})

test('list shows how a tool is called', async () => {
  const { stdout } = await command.run(['list', weather, '--tools'])
  expect(stdout).toContain(
    '  forecast city=string [days=integer] [tags=[…]] [detailed=boolean]\n      Forecast for a city\n',
  )
  expect(stdout).not.toContain('Resources')
})

test('a tool that says it failed says so on stderr, and the exit code is 1', async () => {
  const { code, stdout, stderr } = await command.run(['call', weather, 'storm'])
  expect([code, stdout, stderr]).toEqual([1, '', 'The tool failed: the storm is too strong\n'])
  const { code: same, stdout: json } = await command.run(['call', weather, 'storm', '--json'])
  expect([same, JSON.parse(json)]).toMatchObject([1, { isError: true }])
})

test('a pipe gets the text of a tool as it is', async () => {
  const { stdout } = await command.run(['call', weather, 'siren'])
  expect(stdout).toBe('a\x1b[2Jb\u202e\n')
})

test('all arguments can be piped in as JSON', async () => {
  const args = ['call', weather, 'forecast', '--args', '-', '--json']
  const { stdout } = await command.run(args, { input: '{"city":"Bergen"}' })
  expect(JSON.parse(stdout)).toMatchObject({ structuredContent: { asked: { city: 'Bergen' } } })
})

test('log lines and progress are told on stderr when they are asked for', async () => {
  const { stderr } = await command.run(['call', weather, 'forecast', 'city=Oslo', '-v'])
  expect(stderr).toContain('info: asked for Oslo')
  expect(stderr).toContain('50 % half way')
})

test('without a terminal and without --answer the server is told that nobody can be asked', async () => {
  const { code, stderr } = await command.run(['call', weather, 'book'])
  expect([code, stderr]).toEqual([1, 'The tool failed: there is nobody to ask\n'])
})

test.each([weather, session])(
  'a tool of %s that asks all the same is explained',
  async (target) => {
    const { code, stderr } = await command.run(['call', target, 'insist'])
    const said = 'this tool asks the user: run it in a terminal, or give --answer key=value'
    expect([code, stderr]).toEqual([4, `mortise: ${said}\n`])
  },
)

test('an answer to what was not asked is told', async () => {
  const args = ['call', weather, 'book', '--answer', 'seats=2', '--answer', 'windwo=no']
  const { code, stderr } = await command.run(args)
  const said = '--answer windwo=… was not asked for; the server asked for: seats, window.'
  expect([code, stderr]).toEqual([0, `${said} Did you mean "window"?\n`])
})

test('a tool that fails by a defect comes with what its server said of it', async () => {
  const { code, stderr } = await command.run(['call', weather, 'broken'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/The server said on stderr[^]*no such table[^]*internal error/)
})

test('an answer that does not fit cancels the question and says why', async () => {
  const { stdout, stderr } = await command.run(['call', weather, 'book', '--answer', 'seats=9'])
  expect(stdout).toBe('{"action":"cancel"}\n')
  expect(stderr).toContain('--answer seats=9')
})

test('a variable reaches a started server only by --env', async () => {
  const env = { WEATHER_KEY: 'secret' }
  const args = ['call', weather, 'variable']
  expect(await command.run(args, { env })).toMatchObject({ stdout: 'unset\n' })
  expect(await command.run([...args, '--env', 'WEATHER_KEY'], { env })).toMatchObject({
    stdout: 'secret\n',
  })
})

test('read prints text and bytes, and saves them', async () => {
  expect(await command.run(['read', weather, 'docs://guide'])).toMatchObject({
    code: 0,
    stdout: 'Take a coat.\n',
  })
  const saved = await command.run(['read', weather, 'img://dot', '-o', 'dot.png'])
  expect(saved).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(readFileSync(join(command.folder, 'dot.png')).toString('latin1')).toContain('PNG')
})

test('prompt prints who says what', async () => {
  const { code, stdout } = await command.run(['prompt', weather, 'pack', 'city=Oslo'])
  expect([code, stdout]).toEqual([0, 'user:\nWhat should I pack for Oslo?\n'])
})

test('the era of a server is remembered on disk, under no name that could hold a secret', async () => {
  const { code } = await command.run(['list', `${session} --key=secret`])
  const kept = readFileSync(join(command.folder, 'cache', 'mortise', 'eras.json'), 'utf8')
  expect(code).toBe(0)
  expect(kept).toMatch(/"session@\d+"/)
  expect(kept).not.toMatch(/secret|weather/)
})

test.each([
  ['a verb that is not there', ['lits'], 2, 'Did you mean "list"?'],
  ['an option that is not there', ['list', weather, '--jsn'], 2, 'Did you mean "--json"?'],
  ['a target that is missing', ['list'], 2, 'Usage: mortise list'],
  ['a file that is missing', ['list', 'nowhere.ts'], 2, 'there is no file nowhere.ts'],
  ['a tool that is not there', ['call', weather, 'forcast'], 2, 'Did you mean "forecast"?'],
  ['a tool that is not named', ['call', weather], 2, 'TOOL is missing. The server has: forecast,'],
  ['a prompt that is not named', ['prompt', weather], 2, 'NAME is missing. The server has: pack'],
  ['a server without prompts', ['prompt', 'files', 'pack'], 2, 'the server has no prompts'],
  ['a path to read', ['read', 'files', 'a.md'], 2, 'read needs a URI, such as file:///'],
  ['a folder', ['list', 'servers'], 3, 'on PATH; install it, or give its path. It is a folder:'],
  ['an argument that is missing', ['call', weather, 'forecast'], 2, 'missing: city=…'],
  [
    'a value of another type',
    ['call', weather, 'forecast', 'city=a', 'days=two'],
    2,
    'a whole number',
  ],
  ['a header for a child', ['list', weather, '-H', 'a: b'], 2, 'at a URL'],
  ['an unknown version', ['list', weather, '--protocol', '1999'], 2, '--protocol takes one of'],
  ['a version that the server does not speak', ['list', session, '--era', 'stateless'], 4, ''],
  ['nobody who listens', ['list', 'http://127.0.0.1:1/mcp'], 3, 'cannot reach http://127.0.0.1:1'],
  ['no such command', ['list', '--', 'mortise-has-no-such-command'], 3, 'was not found'],
  ['a server that dies', ['call', weather, 'crash'], 3, 'the last words'],
  [
    'a resource that is not there',
    ['read', weather, 'docs://none/notes'],
    4,
    'the server answered',
  ],
  ['a server that is silent', ['call', weather, 'wait', '--timeout', '50'], 5, 'within 50 ms'],
])('%s has an exit code and a sentence', async (_name, args, expected, said) => {
  const { code, stdout, stderr } = await command.run(args)
  expect(stderr).toContain(said)
  expect([code, stdout]).toEqual([expected, ''])
})

test('with --json a failure is a document too', async () => {
  const { code, stdout } = await command.run(['read', weather, 'docs://none/notes', '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([
    4,
    { error: { code: 'ERR_RPC', rpcCode: -32602 } },
  ])
})

test('every verb explains itself with examples', async () => {
  for (const verb of ['serve', 'list', 'call', 'read', 'prompt']) {
    const { code, stdout } = await command.run([verb, '--help'])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Examples\n  mortise ${verb}`)])
  }
  expect(await command.run(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
})

test('the examples of call work as they are written', async () => {
  command.write('README.md', 'one\ntwo\n')
  command.write(
    'server.ts',
    `import { createServer } from 'mortise/server'
    const properties = { tags: { type: 'array', items: { type: 'string' } }, options: { type: 'object' } }
    export const server = createServer({ name: 'own', version: '1.0.0' })
      .tool('add_tags', { input: { type: 'object', properties } }, (input) => JSON.stringify(input))`,
  )
  const files = {
    command: process.execPath,
    args: ['command/main.js', 'serve', 'files', '--stdio'],
  }
  command.write('mcp.json', JSON.stringify({ mcpServers: { files } }))
  const { stdout } = await command.run(['call', '--help'])
  const examples = stdout.split('Examples\n')[1]?.match(/(?<=^ {2})mortise .*/gm) ?? []
  const local = examples.filter((line) => !line.includes('http:'))
  const shown = await Promise.all(local.map((line) => command.shell(line)))
  expect(shown.map(({ stderr }) => stderr)).toEqual(local.map(() => ''))
  expect(shown.map(({ stdout }) => stdout)).toEqual([
    'one\ntwo\n',
    '{"tags":["a","b"],"options":{"deep":true}}\n',
    expect.stringContaining('[FILE] README.md'),
    expect.stringContaining('Made '),
    'one\ntwo\n',
  ])
})
