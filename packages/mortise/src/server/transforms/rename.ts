import type { Transform } from '../provider.ts'
import { naming } from './naming.ts'

/**
 * Offers tools and prompts under other names: `rename({ forecast: 'weather' })`. The old name is free then: nothing answers to
 * it, unless another one takes it. One that has had a new name before is hidden behind the one that has it now.
 * @throws TypeError when two of them would have the same name, or a name is none.
 */
export function rename(names: Readonly<Record<string, string>>): Transform {
  const outward = new Map(Object.entries(names))
  const inward = new Map([...outward].map(([own, told]) => [told, own]))
  if (inward.size < outward.size) throw new TypeError('rename: two would have the same name')
  for (const told of inward.keys()) {
    if (typeof told === 'string' && /^[A-Za-z0-9_.-]{1,128}$/.test(told)) continue
    throw new TypeError(`rename: "${told}" must be 1 to 128 of A-Z a-z 0-9 _ . -`)
  }
  return naming({
    outward: (kind, own) => (isNamed(kind) ? (outward.get(own) ?? own) : own),
    inward(kind, told) {
      if (!isNamed(kind)) return told
      return inward.get(told) ?? (outward.has(told) ? undefined : told)
    },
    uris: false,
  })
}

function isNamed(kind: string): boolean {
  return kind === 'tool' || kind === 'prompt'
}
