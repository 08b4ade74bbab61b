// RFC 9728 §3; RFC 8414 §3.1; basic/authorization, "Authorization Server Metadata Discovery".
import { expect, test } from 'vitest'
import { encodeUtf8 } from '../std/encoding.ts'
import { defaultLimits } from '../std/limits.ts'
import {
  identifies,
  readResourceMetadata,
  resourceMetadataPath,
  resourceMetadataUrls,
  serverMetadataUrls,
} from './metadata.ts'

const prm = '/.well-known/oauth-protected-resource'

// AUTHC-03
test('the metadata of a path is looked for before that of the origin', () => {
  expect(resourceMetadataUrls('https://a.example/x/mcp?y=1')).toEqual([
    'https://a.example/.well-known/oauth-protected-resource/x/mcp?y=1',
    'https://a.example/.well-known/oauth-protected-resource',
  ])
  expect(resourceMetadataUrls('https://a.example/')).toEqual([
    'https://a.example/.well-known/oauth-protected-resource',
  ])
  expect(resourceMetadataPath('https://a.example/mcp')).toBe(
    '/.well-known/oauth-protected-resource/mcp',
  )
})

// AUTHC-05
test.each([
  [
    'https://id.example/tenant1',
    [
      'https://id.example/.well-known/oauth-authorization-server/tenant1',
      'https://id.example/.well-known/openid-configuration/tenant1',
      'https://id.example/tenant1/.well-known/openid-configuration',
    ],
  ],
  [
    'https://id.example/a/b/',
    [
      'https://id.example/.well-known/oauth-authorization-server/a/b',
      'https://id.example/.well-known/openid-configuration/a/b',
      'https://id.example/a/b/.well-known/openid-configuration',
    ],
  ],
  [
    'https://id.example/',
    [
      'https://id.example/.well-known/oauth-authorization-server',
      'https://id.example/.well-known/openid-configuration',
    ],
  ],
])('the metadata of the issuer %s has its places, in order', (issuer, places) => {
  expect(serverMetadataUrls(issuer)).toEqual(places)
})

// AUTHC-04, AUTHC-24: basic/authorization, "Canonical Server URI"; RFC 9728 §3.3
test.each([
  ['https://a.example/mcp', true],
  ['HTTPS://A.Example/mcp', true],
  ['https://a.example', true],
  ['https://a.example/', true],
  ['https://a.example/mcp/', true],
  ['https://a.example:443/mcp', true],
  ['https://a.example/MCP', false],
  ['https://a.example/mc', false],
  ['https://a.example/mcp/other', false],
  ['https://a.example/other/../mcp', true],
  ['https://a.example/mcp/..%2fother', false],
  ['https://a.example/mcp?tenant=1', false],
  ['https://a.example/mcp#x', false],
  ['https://a.example/mcp#', false],
  ['https://user@a.example/mcp', false],
  ['http://a.example/mcp', false],
  ['https://a.example:8443/mcp', false],
  ['https://evil.example/mcp', false],
  ['https://a.example.evil.example/mcp', false],
  ['https://a.example@evil.example/mcp', false],
  ['data:text/plain,https://a.example/mcp', false],
  ['/mcp', false],
  ['', false],
])('metadata for %j is about https://a.example/mcp: %s', (resource, expected) => {
  expect(identifies(resource, 'https://a.example/mcp', `https://a.example${prm}/mcp`)).toBe(
    expected,
  )
})

// RFC 9728 §3.3: one of several servers of an origin gets no tokens for all of them
test.each([
  [`https://a.example${prm}`, true],
  [`https://a.example${prm}/x/mcp`, true],
  [`https://a.example/x${prm}`, true],
  ['https://a.example/x/metadata.json', false],
  [`https://a.example/x/mcp${prm}`, false],
  [`https://a.example${prm}-of-somebody`, false],
  [`https://evil.example${prm}`, false],
  ['data:application/json,{}', false],
])('metadata for a folder that stands at %s is heeded: %s', (place, expected) => {
  const url = 'https://a.example/x/mcp'
  expect(identifies('https://a.example/x', url, place)).toBe(expected)
  expect(identifies(url, url, place)).toBe(true)
})

test('a query that metadata names must be the one that is asked for', () => {
  const place = `https://a.example${prm}/mcp?t=1`
  expect(identifies('https://a.example/mcp?t=1', 'https://a.example/mcp?t=1', place)).toBe(true)
  expect(identifies('https://a.example/mcp?t=2', 'https://a.example/mcp?t=1', place)).toBe(false)
  expect(identifies('https://a.example/mcp', 'https://a.example/mcp?t=1', place)).toBe(true)
})

test.each([
  ['no JSON', '<!doctype html>', 'is not JSON'],
  ['no object', '[]', 'is no JSON object'],
  ['no resource', '{"authorization_servers":["https://id.example"]}', 'has no "resource"'],
  ['a resource that is no text', '{"resource":["https://a.example"]}', 'has no "resource"'],
  [
    'a resource twice',
    '{"resource":"https://a.example","resource":"https://b.example"}',
    'is not JSON',
  ],
  ['too much nesting', '['.repeat(100), 'is not JSON'],
])('a document with %s is of no use', (_, text, reason) => {
  expect(readResourceMetadata(encodeUtf8(text), defaultLimits)).toEqual({ ok: false, reason })
})

test('members of another type than theirs are left out', () => {
  const text =
    '{"resource":"R","authorization_servers":["https://a.example",1],"scopes_supported":"all"}'
  expect(readResourceMetadata(encodeUtf8(text), defaultLimits)).toEqual({
    ok: true,
    value: { resource: 'R', authorizationServers: ['https://a.example'], dpopRequired: false },
  })
})
