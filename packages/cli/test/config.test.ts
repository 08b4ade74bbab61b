import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { install } from './installed.ts'
import type { Installed } from './installed.ts'

let command: Installed
let config = ''
beforeAll(async () => {
  command = await install()
  const weather = {
    command: process.execPath,
    args: [join(command.folder, 'command', 'main.js'), 'serve', 'servers/weather.ts', '--stdio'],
    excludeTools: ['where'],
  }
  config = command.write(
    'mcp.json',
    `{ // a host's
      "mcpServers": {
        "sky": ${JSON.stringify(weather)},
        "lost": { "command": "no-such-server", "args": ["hunter2"] },
        "off": { "command": "no-such-server", "disabled": true },
      },
    }`,
  )
})
afterAll(() => command.remove())

test('list --config lists every server that is on, by the names that call takes', async () => {
  const { code, stdout } = await command.run(['list', '--config', config, '--json'])
  const { servers } = JSON.parse(stdout) as {
    servers: Record<string, { tools?: { name: string }[]; error?: object }>
  }
  expect(Object.keys(servers)).toEqual(['sky', 'lost'])
  const names = servers['sky']?.tools?.map(({ name }) => name)
  expect(names).toContain('sky__forecast')
  expect(names).not.toContain('sky__where')
  expect(servers['lost']).toMatchObject({ error: { code: 'ERR_SPAWN' } })
  expect(code).toBe(3)
})

test('list --config says for people what failed, and no secret', async () => {
  const { stdout, stderr } = await command.run(['list', '--config', config, '--tools'])
  expect(stdout).toContain('sky  weather 1.2.3')
  expect(stdout).toContain('sky__forecast')
  expect(stderr).toContain('lost: the command "no-such-server" was not found')
  expect(stdout + stderr).not.toContain('hunter2')
})

test('call --config calls a tool of one server, and starts no other', async () => {
  const args = ['call', '--config', config, 'sky__forecast', 'city=Oslo', 'days=3', '--json']
  const { code, stdout, stderr } = await command.run(args)
  expect(JSON.parse(stdout)).toMatchObject({
    structuredContent: { asked: { city: 'Oslo', days: 3 } },
  })
  expect([code, stderr]).toEqual([0, ''])
})

test.each([
  [['call', 'sky__where'], 'the fleet has no tool'],
  [['call', 'nobody__x'], 'Its servers: sky, lost'],
  [['call'], 'SERVER__TOOL is missing'],
  [['list', 'too', 'much'], '"too" is too much'],
  [['list', '--header', 'a: b'], '--header is for one server'],
  [['list', '--env', 'A=b'], '--env is for one server'],
])('%j with --config is wrong use', async ([verb = '', ...rest], text) => {
  const { code, stderr } = await command.run([verb, '--config', config, ...rest])
  expect(stderr).toContain(text)
  expect(code).toBe(2)
})

test.each([
  ['nowhere.json', 'ENOENT'],
  ['empty.json', 'the configuration has no servers'],
  ['config.toml', 'hand the value to readConfig'],
])('--config %s is wrong use', async (file, text) => {
  command.write('empty.json', '{}')
  const { code, stderr } = await command.run(['list', '--config', file])
  expect(stderr).toContain(text)
  expect(code).toBe(2)
})
