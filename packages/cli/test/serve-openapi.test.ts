import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { install } from './installed.ts'
import type { Installed } from './installed.ts'

let command: Installed
beforeAll(async () => {
  command = await install()
})
afterAll(() => command.remove())

const document = `
openapi: 3.1.0
info: { title: Weather, version: '1' }
servers: [{ url: 'http://127.0.0.1:{port}', variables: { port: { default: '1' } } }]
security: [{ key: [] }]
paths:
  /forecast/{city}:
    get: { operationId: forecast, parameters: [{ name: city, in: path, schema: { type: string } }] }
    delete: { operationId: forget, parameters: [{ name: city, in: path, schema: { type: string } }] }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Key } }
`

test('the operations of a document are called from a shell, with a credential of the environment', async () => {
  const api = createServer((request, response) => {
    const { url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ url, known: headers['x-key'] === 'a-secret' }))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { port } = api.address() as AddressInfo
  const path = command.write('weather.yaml', document)
  const target = `openapi ${path} --variable port=${port} --read-only --credential key=WEATHER_KEY`
  const env = { WEATHER_KEY: 'a-secret' }
  const passed = ['--env', 'WEATHER_KEY']
  const listed = await command.run(['list', target, '--tools', ...passed], { env })
  const called = await command.run(['call', target, 'forecast', 'city=Oslo', ...passed], { env })
  api.close()
  expect(listed.stdout).toContain('forecast')
  expect(listed.stdout).not.toContain('forget')
  expect([called.code, JSON.parse(called.stdout)]).toEqual([
    0,
    { url: '/forecast/Oslo', known: true },
  ])
})

test.each([
  ['a file that is not there', ['none.yaml'], 'none.yaml: ENOENT'],
  ['no document', [], 'name one document'],
])('%s is wrong use', async (_name, args, said) => {
  const { code, stderr } = await command.run(['serve', 'openapi', ...args, '--stdio'])
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
})

test('the help has the options of a document', async () => {
  const { stdout } = await command.run(['serve', 'openapi', '--help'])
  expect(stdout).toContain('--credential NAME=VAR')
})
