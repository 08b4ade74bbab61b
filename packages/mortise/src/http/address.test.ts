import { describe, expect, test } from 'vitest'
import type { AddressKind } from './address.ts'
import { kindOfAddress } from './address.ts'

/** Blocks by their first and last address, and their neighbours outside (IANA special-purpose registries, RFC 6890). */
const blocks: readonly (readonly [
  before: string | undefined,
  first: string,
  last: string,
  after: string | undefined,
])[] = [
  [undefined, '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['168.63.129.15', '168.63.129.16', '168.63.129.16', '168.63.129.17'],
  ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['223.255.255.255', '224.0.0.0', '255.255.255.255', undefined],
  [undefined, '::2', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  ['2000:ffff::', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
  ['2001:db7:ffff::', '2001:db8::', '2001:db8:ffff:ffff::', '2001:db9::'],
  ['2001:ffff::', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
  ['3ffe:ffff::', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
  ['3fff:ffff::', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
]

describe('kinds of addresses', () => {
  test.each(blocks)('%s | %s to %s | %s', (before, first, last, after) => {
    expect(kindOfAddress(first)).toBe('special')
    expect(kindOfAddress(last)).toBe('special')
    for (const beside of [before, after]) {
      if (beside !== undefined) expect(kindOfAddress(beside)).toBe('public')
    }
  })

  test.each<readonly [text: string, kind: AddressKind | undefined]>([
    ['127.0.0.0', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['126.255.255.255', 'public'],
    ['128.0.0.0', 'public'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::0.0.0.1', 'loopback'],
    ['::', 'special'],
    ['::ffff:127.0.0.1', 'special'],
    ['::ffff:8.8.8.8', 'special'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:FF9B::808:808', 'public'],
    ['64:ff9b::127.0.0.1', 'special'],
    ['64:ff9b::a00:1', 'special'],
    ['64:ff9b:0:0:0:1:808:808', 'special'],
    ['64:ff9b:1::808:808', 'special'],
    ['fe80::1%eth0', 'special'],
    ['2606:4700::1111%eth0', 'special'],
    ['8.8.8.8%eth0', undefined],
    ['2606:4700:4700::1111', 'public'],
    ['2606:4700:4700:0:0:0:0:1111', 'public'],
    ['2A00:1450::', 'public'],
  ])('%s is %s', (text, kind) => {
    expect(kindOfAddress(text)).toBe(kind)
  })

  test.each([
    '',
    '.',
    '...',
    '1.2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3. 4',
    '1e1.2.3.4',
    '2130706433',
    'example.com',
    ':',
    ':::',
    '1::2::3',
    '::1::',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '[::1]',
    '%lo',
    '1:2:3:4:5:6:7:8'.repeat(100_000),
    `${'0'.repeat(1_000_000)}.0.0.1`,
  ])('%.40s is no address', (text) => {
    expect(kindOfAddress(text)).toBeUndefined()
  })
})
