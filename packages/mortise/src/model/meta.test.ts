import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { refusedCode } from '../extensions/apps/types.ts'
import { ErrorCode } from '../jsonrpc/error.ts'
import { McpErrorCode } from './errors.ts'
import { metaKeys } from './meta.ts'

// BASE-37, BASE-38 (basic, "_meta")
test('every key that the library writes into _meta follows the grammar', () => {
  const label = '[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
  const name = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?'
  const grammar = new RegExp(`^(?:${label}(?:\\.${label})*/)?${name}$`)
  for (const key of Object.values(metaKeys)) expect(key).toMatch(grammar)
})

// BASE-39 (basic, "_meta")
test('under reserved prefixes there are the keys of the specification, and no others', () => {
  const known = new Set([
    'protocolVersion',
    'clientCapabilities',
    'clientInfo',
    'serverInfo',
    'logLevel',
    'subscriptionId',
    'related-task',
    'model-immediate-response',
  ])
  // The identifiers of extensions look alike; what they define is theirs.
  const extensions = new Set([
    'tasks',
    'ui',
    'skills',
    'oauth-client-credentials',
    'enterprise-managed-authorization',
  ])
  const matches = sources().matchAll(/io\.modelcontextprotocol\/([\w-]+)/g)
  const found = [...matches].map((match) => match.at(1) ?? '')
  expect(found.length).toBeGreaterThan(4)
  expect(found.filter((key) => !known.has(key) && !extensions.has(key))).toEqual([])
})

// BASE-23, BASE-24, BASE-26, BASE-27, BASE-28, ELIC-31 (basic, "Error Codes")
test('the numbers of errors are those of JSON-RPC and of the specification, and no others', () => {
  expect(Object.values(ErrorCode)).toEqual([-32700, -32600, -32601, -32602, -32603])
  expect(McpErrorCode).toEqual({
    headerMismatch: -32020,
    missingCapability: -32021,
    unsupportedVersion: -32022,
    urlElicitationRequired: -32042,
    resourceNotFound: -32002,
  })
  const code = sources().replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')
  const written = [...code.matchAll(/-32_?(\d{3})\b/g)].map(([, digits]) => Number(`-32${digits}`))
  // A page and its host speak among themselves, where the extension has a number of its own for a refusal (T-52).
  const known = new Set<number>([
    ...Object.values(ErrorCode),
    ...Object.values(McpErrorCode),
    refusedCode,
  ])
  expect(written.length).toBeGreaterThan(8)
  expect(written.filter((number) => !known.has(number))).toEqual([])
})

/** The library's own sources, without tests, and without the shapes of what peers of each revision may say. */
function sources(): string {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(?:\.test|\.test-d|\bshapes)\.ts$/.test(path))
    .map((path) => readFileSync(`${folder}${path}`, 'utf8'))
    .join('\n')
}
