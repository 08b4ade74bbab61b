import { expect, test } from 'vitest'
import { networkOf, peerName } from './peer-name.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:ffff::9', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
  ['somebody', 'somebody'],
  ['192.0.2.1:8080', '192.0.2.1:8080'],
  ['a:b', 'a:b'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('a subject is never taken for an address or a channel', () => {
  const exchange = { peer: '192.0.2.1' }
  expect(peerName(exchange, undefined)).toBe('address:192.0.2.1')
  expect(peerName(exchange, { subject: 'channel:1', scopes: [] })).toBe('subject:channel:1')
  expect(peerName({ peer: '' }, undefined)).toBe('')
})
