/**
 * What may be said of an address before anything is sent there. `public` is globally reachable unicast; `loopback` is this
 * machine; `special` is all the rest: private and shared networks, link-local, documentation, multicast, translations.
 */
export type AddressKind = 'public' | 'loopback' | 'special'

/** The longest text of an address: IPv6 that ends in IPv4, without a zone. */
const maxTextLength = 45

/** IANA's special-purpose registry of IPv4 (RFC 6890), multicast, and what is reserved; whole blocks, exceptions in them too. */
const specialV4 = readBlocks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  // The host of a virtual machine at Azure: a public address by the registry, and reachable from within alone.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
const loopbackV4 = readBlocks(['127.0.0.0/8'])

/** Global unicast (RFC 4291 §2.4). What embeds IPv4 outside of it, such as `::ffff:127.0.0.1`, is never public. */
const unicastV6 = readBlocks(['2000::/3'])
/** IANA's special-purpose registry of IPv6, as far as it is global unicast: protocols and Teredo, documentation, 6to4. */
const specialV6 = readBlocks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])
const loopbackV6 = readBlocks(['::1/128'])
/** Where a network without IPv4 has the whole of it (RFC 6052 §2.1): its resolvers answer with these for IPv4 hosts. */
const translatedV6 = readBlocks(['64:ff9b::/96'])

/**
 * The kind of an IPv4 or IPv6 address, as a resolver or the host of a WHATWG URL (without brackets) writes it. Undefined for
 * what is no such address: a host name, and the short, octal and hexadecimal forms of IPv4 that the URL parser has resolved.
 */
export function kindOfAddress(text: string): AddressKind | undefined {
  const zone = text.indexOf('%')
  // A zone names an interface of this machine: such an address is reachable within one link alone.
  if (zone !== -1) return bytesOf(text.slice(0, zone))?.length === 16 ? 'special' : undefined
  const bytes = bytesOf(text)
  if (bytes === undefined) return undefined
  return bytes.length === 4 ? kindOfV4(bytes) : kindOfV6(bytes)
}

function kindOfV4(bytes: readonly number[]): AddressKind {
  if (isWithin(bytes, loopbackV4)) return 'loopback'
  return isWithin(bytes, specialV4) ? 'special' : 'public'
}

function kindOfV6(bytes: readonly number[]): AddressKind {
  if (isWithin(bytes, loopbackV6)) return 'loopback'
  // Behind a translator 127.0.0.1 is the translator's loopback, not ours.
  if (isWithin(bytes, translatedV6)) {
    return kindOfV4(bytes.slice(12)) === 'public' ? 'public' : 'special'
  }
  return isWithin(bytes, unicastV6) && !isWithin(bytes, specialV6) ? 'public' : 'special'
}

interface Block {
  readonly bytes: readonly number[]
  readonly bits: number
}

function readBlocks(texts: readonly string[]): readonly Block[] {
  return texts.map((text) => {
    const [address = '', bits] = text.split('/')
    return { bytes: bytesOf(address) ?? [], bits: Number(bits) }
  })
}

function isWithin(bytes: readonly number[], blocks: readonly Block[]): boolean {
  return blocks.some((block) => {
    const whole = block.bits >> 3
    for (let index = 0; index < whole; index++) {
      if (bytes[index] !== block.bytes[index]) return false
    }
    const mask = (0xff << (8 - (block.bits & 7))) & 0xff
    return ((bytes[whole] ?? 0) & mask) === ((block.bytes[whole] ?? 0) & mask)
  })
}

function bytesOf(text: string): readonly number[] | undefined {
  if (text.length > maxTextLength) return undefined
  return text.includes(':') ? bytesOfV6(text) : bytesOfV4(text)
}

/** Four decimal numbers; one with a leading zero would be octal to some readers, and is none to this one. */
function bytesOfV4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => (/^(?:0|[1-9][0-9]{0,2})$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

function bytesOfV6(text: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const before = bytesOfGroups(head, tail === undefined)
  if (before === undefined) return undefined
  if (tail === undefined) return before.length === 16 ? before : undefined
  const after = bytesOfGroups(tail, true)
  if (after === undefined || before.length + after.length > 14) return undefined
  return [...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after]
}

/** The bytes of groups between colons; the last one may be an IPv4 address where it ends the whole. */
function bytesOfGroups(text: string, isEnd: boolean): readonly number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (isEnd && index === groups.length - 1 && group.includes('.')) {
      const last = bytesOfV4(group)
      if (last === undefined) return undefined
      bytes.push(...last)
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return bytes
}

/** Whether a host of a URL, as `URL` writes it, is this machine by its name alone: what RFC 8252 §7.3 and §8.3 name. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}
