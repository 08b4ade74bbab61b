import { decodeBase64 } from '../std/encoding.ts'
import { isObject } from '../std/object.ts'

/** What is wrong with something that was made here for a peer: where in it, as a JSON Pointer (RFC 6901), and what. */
export interface Flaw {
  readonly pointer: string
  readonly what: string
}

type Members = Readonly<Record<string, unknown>>
type Check = (block: Members) => Flaw | undefined

/** What each kind of content block must have (server/tools, "Tool Result"). */
const blocks: ReadonlyMap<unknown, Check> = new Map<unknown, Check>([
  ['text', ({ text }) => textFlaw('/text', text)],
  ['image', mediaFlaw],
  ['audio', mediaFlaw],
  ['resource_link', ({ uri, name }) => textFlaw('/uri', uri) ?? textFlaw('/name', name)],
  ['resource', ({ resource }) => under('/resource', contentsFlaw(resource))],
])

/** What is wrong with a list of content blocks. */
export function contentFlaw(content: readonly unknown[]): Flaw | undefined {
  return firstFlaw(content, blockFlaw)
}

/** What is wrong with one content block. */
export function blockFlaw(block: unknown): Flaw | undefined {
  if (!isObject(block)) return { pointer: '', what: 'is no content block' }
  const check = blocks.get(block['type'])
  if (check !== undefined) return check(block)
  return { pointer: '/type', what: `must be one of ${[...blocks.keys()].join(', ')}` }
}

/** What is wrong with one content of a resource (server/resources, "Reading Resources"). */
export function contentsFlaw(contents: unknown): Flaw | undefined {
  if (!isObject(contents)) return { pointer: '', what: 'is no content of a resource' }
  const { uri, text, blob, mimeType } = contents
  const named =
    textFlaw('/uri', uri) ?? (mimeType === undefined ? undefined : textFlaw('/mimeType', mimeType))
  if (named !== undefined) return named
  if (text === undefined && blob === undefined)
    return { pointer: '', what: 'needs a text or a blob' }
  return text === undefined ? base64Flaw('/blob', blob) : textFlaw('/text', text)
}

/** What is wrong with one message of a prompt (server/prompts, "PromptMessage"). */
export function messageFlaw(message: unknown): Flaw | undefined {
  if (!isObject(message)) return { pointer: '', what: 'is no message' }
  const { role, content } = message
  if (role !== 'user' && role !== 'assistant') {
    return { pointer: '/role', what: 'must be user or assistant' }
  }
  return under('/content', blockFlaw(content))
}

/** What is wrong with the first item of a list that is malformed. */
export function firstFlaw(
  items: readonly unknown[],
  flawOf: (item: unknown) => Flaw | undefined,
): Flaw | undefined {
  for (const [index, item] of items.entries()) {
    const flaw = flawOf(item)
    if (flaw !== undefined) return under(`/${index}`, flaw)
  }
  return undefined
}

/** The same flaw, seen from above. */
export function under(pointer: string, flaw: Flaw | undefined): Flaw | undefined {
  return flaw && { pointer: pointer + flaw.pointer, what: flaw.what }
}

/** What is wrong where a text must be. */
export function textFlaw(pointer: string, value: unknown): Flaw | undefined {
  return typeof value === 'string' ? undefined : { pointer, what: 'must be a string' }
}

function mediaFlaw({ data, mimeType }: Members): Flaw | undefined {
  return base64Flaw('/data', data) ?? textFlaw('/mimeType', mimeType)
}

function base64Flaw(pointer: string, value: unknown): Flaw | undefined {
  if (typeof value === 'string' && decodeBase64(value) !== undefined) return undefined
  return { pointer, what: 'must be Base64' }
}
