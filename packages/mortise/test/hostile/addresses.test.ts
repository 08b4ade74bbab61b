import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindOfAddress } from '../../src/http/address.ts'
import { createUrlJudge } from '../../src/http/outbound-policy.ts'

// The same registries (RFC 6890), read by Node.
const refusedV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
])
const refusedV6 = blockList('ipv6', [
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
])
const translated = blockList('ipv6', [['64:ff9b::', 96]])

function blockList(
  family: 'ipv4' | 'ipv6',
  blocks: readonly (readonly [address: string, bits: number])[],
): BlockList {
  const list = new BlockList()
  for (const [address, bits] of blocks) list.addSubnet(address, bits, family)
  return list
}

const dotted = (bytes: readonly number[]): string => bytes.join('.')
const isAllowedV4 = (bytes: readonly number[]): boolean => !refusedV4.check(dotted(bytes))

/** The first bytes of blocks, so that the blocks are met at all. */
const notable = [0, 10, 100, 127, 168, 169, 172, 192, 198, 203, 224, 255, 64, 63, 129, 254, 16, 88]
const byte = fc.oneof(fc.constantFrom(...notable), fc.nat(255))
const bytesV4 = fc.tuple(byte, byte, byte, byte)

/** One number of an address, as C reads it (`inet_aton`). */
const spelledNumber = (value: number): fc.Arbitrary<string> =>
  fc.constantFrom(
    String(value),
    `0${value.toString(8)}`,
    `000${value.toString(8)}`,
    `0x${value.toString(16)}`,
    `0X${value.toString(16).toUpperCase()}`,
    `0x000${value.toString(16)}`,
  )

/** An address in one to four numbers, of which the last one has what is left. */
const spelledV4 = (bytes: readonly number[]): fc.Arbitrary<string> =>
  fc
    .nat(3)
    .chain((own) =>
      fc.tuple(
        ...bytes.slice(0, own).map(spelledNumber),
        spelledNumber(bytes.slice(own).reduce((sum, next) => sum * 256 + next, 0)),
      ),
    )
    .chain((parts) => fc.constantFrom(parts.join('.'), `${parts.join('.')}.`))
    .chain((text) => fc.constantFrom(text, escaped(text), widened(text)))

const escaped = (text: string): string =>
  Array.from(text, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
/** Full-width digits, letters and stops, which a host name has as the plain ones. */
const widened = (text: string): string =>
  Array.from(text, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)).join('')

const group = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0x64,
    0xff9b,
    0xffff,
    0x2001,
    0xdb8,
    0x2002,
    0x3fff,
    0x7f00,
    0xa9fe,
    0xfe80,
  ),
  fc.nat(0xffff),
  fc.integer({ min: 0x2000, max: 0x3fff }),
)
const groupsV6 = fc.oneof(
  fc.array(group, { minLength: 8, maxLength: 8 }),
  // Mostly zeros, with IPv4 at the end.
  fc.tuple(group, group, group, group).map(([a, b, c, d]) => [a, b, 0, 0, 0, 0, c, d]),
  fc.tuple(fc.constantFrom(0, 0xffff), group, group).map(([a, c, d]) => [0, 0, 0, 0, 0, a, c, d]),
  fc.tuple(group, group).map(([c, d]) => [0x64, 0xff9b, 0, 0, 0, 0, c, d]),
)

const tailOf = (groups: readonly number[]): number[] =>
  groups.slice(6).flatMap((value) => [value >> 8, value & 0xff])

const spelledV6 = (groups: readonly number[]): fc.Arbitrary<string> => {
  const hex = groups.map((value) => value.toString(16))
  const full = hex.join(':')
  const padded = hex.map((text) => text.padStart(4, '0')).join(':')
  const withDots = `${hex.slice(0, 6).join(':')}:${dotted(tailOf(groups))}`
  return fc
    .constantFrom(full, padded, withDots, shortened(full), shortened(withDots))
    .chain((text) => fc.constantFrom(text, text.toUpperCase()))
}

/** The first run of zero groups as two colons. */
const shortened = (text: string): string => text.replace(/(?:^|:)0(?::0)+(?=:|$)(?::$)?:?/, '::')

function isAllowedV6(groups: readonly number[]): boolean {
  const text = groups.map((value) => value.toString(16)).join(':')
  if (translated.check(text, 'ipv6')) return isAllowedV4(tailOf(groups))
  return !refusedV6.check(text, 'ipv6')
}

const judge = createUrlJudge({})

function passes(host: string): boolean {
  try {
    const { url } = judge(`https://${host}/`)
    // What is taken for a name would be looked up, and so it passes here: what it leads to is judged later.
    return kindOfAddress(url.hostname.replace(/^\[|\]$/g, '')) !== undefined
  } catch {
    /* the only thing that it throws is that the URL is refused */
    return false
  }
}

// SEC-20 (security best practices, "Server-Side Request Forgery (SSRF)")
test('every spelling of an IPv4 address is judged as that address', () => {
  fc.assert(
    fc.property(
      bytesV4.chain((bytes) => fc.tuple(fc.constant(bytes), spelledV4(bytes))),
      ([bytes, spelled]) => {
        expect([spelled, passes(spelled)]).toEqual([spelled, isAllowedV4(bytes)])
      },
    ),
    { numRuns: 2_000 },
  )
})

// SEC-20
test('every spelling of an IPv6 address is judged as that address', () => {
  fc.assert(
    fc.property(
      groupsV6.chain((groups) => fc.tuple(fc.constant(groups), spelledV6(groups))),
      ([groups, spelled]) => {
        expect([spelled, passes(`[${spelled}]`)]).toEqual([spelled, isAllowedV6(groups)])
        expect([spelled, kindOfAddress(spelled) === 'public']).toEqual([
          spelled,
          isAllowedV6(groups),
        ])
      },
    ),
    { numRuns: 2_000 },
  )
})

test('no text takes long to judge, or is taken for a public address without being one', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdefx.:%[]/') }), (text) => {
      const isPublic = kindOfAddress(text) === 'public'
      const host = text.includes(':') ? `[${text}]` : text
      if (isPublic) expect(URL.canParse(`https://${host}/`)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
