import { expect, test } from 'vitest'
import { missingCapability, unsupportedVersion } from './errors.ts'

// BASE-45 (basic, "Error Codes")
test('a missing capability is named in words and as data', () => {
  const error = missingCapability({ elicitation: { url: {} } })
  expect(error).toMatchObject({
    rpcCode: -32021,
    message: 'This request needs a client that declares elicitation.url',
    data: { requiredCapabilities: { elicitation: { url: {} } } },
  })
  expect(missingCapability({ roots: {} }, -32602).rpcCode).toBe(-32602)
})

// VER-02 (basic/versioning, "Version Negotiation")
test('a version that is not served is told in short, with those that are', () => {
  const error = unsupportedVersion('9'.repeat(5_000), ['2026-07-28'])
  expect(error.message.length).toBeLessThan(100)
  expect(error.data).toMatchObject({ supported: ['2026-07-28'] })
})
