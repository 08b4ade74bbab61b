import { expect, test, vi } from 'vitest'
import { describeMatrix } from './ways.ts'
import { called } from './wire.ts'

describeMatrix('roots', ({ wire, connect }) => {
  // ROOT-02, ROOT-04: client/roots, "Capabilities" and "Root"
  test('a handler asks for the folders that the client lets the server know of', async () => {
    const roots = [{ uri: 'file:///home/ada', name: 'Ada' }, { uri: 'file:///srv/data' }]
    await using client = await connect({ roots })
    expect(await client.call('roots')).toEqual(called(wire, { roots }))
  })

  test('a function makes the list anew each time', async () => {
    const roots = vi.fn(() => Promise.resolve([{ uri: 'file:///a' }]))
    roots.mockResolvedValueOnce([])
    await using client = await connect({ roots })
    expect(await client.call('roots')).toEqual(called(wire, { roots: [] }))
    expect(await client.call('roots')).toEqual(called(wire, { roots: [{ uri: 'file:///a' }] }))
  })

  test('a client without roots is told what it must declare', async () => {
    await using client = await connect()
    await expect(client.call('roots')).rejects.toMatchObject({
      rpcCode: wire.missingCapability,
      data: { requiredCapabilities: { roots: {} } },
    })
  })

  // client/roots, "Security Considerations"
  test('the way up is resolved before a server sees it', async () => {
    await using client = await connect({ roots: [{ uri: 'file:///home/ada/../bob/%2e%2e/eve' }] })
    expect(await client.call('roots')).toEqual(
      called(wire, { roots: [{ uri: 'file:///home/eve' }] }),
    )
  })

  // ROOT-03: client/roots, "Root List Changes"
  test('that the roots have changed can be told in every revision', async () => {
    await using client = await connect({ roots: [] })
    await client.rootsChanged()
    expect(await client.call('roots')).toEqual(called(wire, { roots: [] }))
  })
})
