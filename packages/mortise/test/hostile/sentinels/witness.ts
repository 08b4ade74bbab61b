import { inspect } from 'node:util'
import { afterEach, beforeEach, vi } from 'vitest'
import { mark, sentinels } from './sentinels.ts'
import type { Input } from './sentinels.ts'

/** Everything that somebody could log, and the secrets that must not be in it. */
export interface Witness {
  /** The sentinel of an input, which is brought into the flow now. */
  bring(input: Input): string
  /** The inputs that were brought. */
  readonly brought: ReadonlySet<Input>
  /** A secret that is made while the test runs: a state, a verifier, a key, a proof, a token that is signed. */
  secret(name: string, value: string | null | undefined): void
  /** Names of the secrets that were made. */
  readonly made: ReadonlySet<string>
  /** Takes something that somebody could log: a text, an event, an error, an object of ours. */
  see(where: string, value: unknown): void
  /** Takes what `doing` is rejected with. @throws when it is not. */
  seeFailure(where: string, doing: Promise<unknown>): Promise<unknown>
  /** What somebody could have logged, rendered in every way. */
  shown(): string
  /** The secrets that were shown, with where and how. */
  leaks(): readonly string[]
}

const channels = ['debug', 'dir', 'error', 'info', 'log', 'trace', 'warn'] as const

/** Watches the console and both streams of this process from one test to its end. */
export function createWitness(): Witness {
  const seen: { where: string; text: string }[] = []
  const brought = new Set<Input>()
  const made = new Map<string, string>()

  const see: Witness['see'] = (where, value) => {
    for (const text of renderings(value)) seen.push({ where, text })
  }

  beforeEach(() => {
    seen.length = 0
    brought.clear()
    made.clear()
    for (const name of channels) {
      vi.spyOn(console, name).mockImplementation((...args: unknown[]) => {
        see(`console.${name}`, args)
      })
    }
    for (const name of ['stdout', 'stderr'] as const) {
      vi.spyOn(process[name], 'write').mockImplementation((chunk: unknown) => {
        see(name, chunk)
        return true
      })
    }
    process.on('warning', warned)
  })
  afterEach(() => {
    process.off('warning', warned)
    vi.restoreAllMocks()
  })
  const warned = (warning: Error): void => see('warning of the process', warning)

  function leaks(): string[] {
    const needles = [...encodings(mark), ...[...made].flatMap(([name, text]) => pieces(name, text))]
    const found = seen.flatMap(({ where, text }) =>
      needles.flatMap(({ name, needle }) => {
        const at = text.indexOf(needle)
        if (at < 0) return []
        return [`${where} (${name}): …${text.slice(Math.max(0, at - 80), at + 80)}…`]
      }),
    )
    return [...new Set(found)]
  }

  return {
    bring(input) {
      brought.add(input)
      return sentinels[input]
    },
    brought,
    secret(name, value) {
      if (typeof value === 'string' && value !== '') made.set(`${name}:${value}`, value)
    },
    get made() {
      return new Set([...made.keys()].map((key) => key.slice(0, key.indexOf(':'))))
    },
    see,
    async seeFailure(where, doing) {
      const error: unknown = await doing.then(
        () => {
          throw new Error(`${where}: this should have failed`)
        },
        (reason: unknown) => reason,
      )
      see(where, error)
      return error
    },
    shown: () => seen.map(({ where, text }) => `${where}: ${text}`).join('\n'),
    leaks,
  }
}

interface Needle {
  readonly name: string
  readonly needle: string
}

/** A text as it is, and as base64 and hex hide it wherever it stands in something longer. */
function encodings(text: string): Needle[] {
  const bytes = Buffer.from(text)
  const base64 = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // What depends on what stands before and after is no part of it.
    return all.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return [
    { name: 'sentinel', needle: text },
    { name: 'sentinel in hex', needle: bytes.toString('hex') },
    ...base64.map((needle) => ({ name: 'sentinel in base64', needle })),
  ]
}

/** A long secret is shown by its beginning, or by one part of a JWT, too. */
function pieces(key: string, text: string): Needle[] {
  const name = key.slice(0, key.indexOf(':'))
  const whole = [text, ...(text.length > 40 ? [text.slice(0, 40)] : [])]
  const parts = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ? text.split('.').slice(1) : []
  return [...whole, ...parts].map((needle) => ({ name, needle }))
}

/** A value in every way that a log writes one. */
function renderings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const texts = [
    inspect(value, {
      depth: Infinity,
      maxArrayLength: null,
      maxStringLength: null,
      showHidden: false,
    }),
  ]
  try {
    texts.push(JSON.stringify(value) ?? '')
  } catch {
    // What JSON cannot write is written by the walk.
  }
  return [...texts, ...walked(value, new Set())]
}

/** Every text within a value, by its properties, its errors' messages, stacks and causes, and what its bytes say. */
function walked(value: unknown, known: Set<object>): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || known.has(value)) return []
  known.add(value)
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')]
  const inside: unknown[] = Object.entries(value).flat()
  if (value instanceof Error) inside.push(value.message, value.stack, value.cause, String(value))
  if (value instanceof AggregateError) inside.push(value.errors)
  if (value instanceof Map || value instanceof Set) inside.push(...value)
  if (value instanceof URL || value instanceof URLSearchParams) inside.push(String(value))
  return inside.flatMap((one) => walked(one, known))
}
