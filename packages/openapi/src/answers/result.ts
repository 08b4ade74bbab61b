import type { CallToolResult, ContentBlock } from 'mortise/server'
import { encodeBase64 } from '../bytes.ts'
import { charsetOf, essenceOf, isJson, isText } from '../media-type.ts'
import type { ApiAnswer } from '../requests/send.ts'
import { cut } from '../tools/arguments.ts'
import type { Output } from '../tools/output.ts'
import { redactIn } from '../security/redact.ts'
import { isShallow } from './depth.ts'

/** How answers become results. */
export interface ResultOptions {
  readonly output: Output | undefined
  /** Takes what is secret out of a text. */
  readonly redact: (text: string) => string
  /** Headers of answers that the model is told, in lower case. */
  readonly told: readonly string[]
  readonly maxErrorLength: number
  readonly maxDepth: number
}

type Redacting = Pick<ResultOptions, 'redact'>

/** The result of a tool for an answer of its API: errors as the model can act on them, JSON as structured content. */
export function toResult(answer: ApiAnswer, options: ResultOptions): CallToolResult {
  const isGood = answer.status >= 200 && answer.status < 300
  const result = isGood ? readGood(answer, options) : readBad(answer, options)
  const headers = tellHeaders(answer, options)
  return headers === undefined ? result : { ...result, content: [...result.content, headers] }
}

function readGood(answer: ApiAnswer, options: ResultOptions): CallToolResult {
  const { output } = options
  const type = typeOf(answer)
  if (answer.bytes.length > 0 && isJson(type) && !type.includes('*'))
    return readJson(answer, options)
  const plain = { content: [blockOf(answer, options)] }
  if (output === undefined) return plain
  return broken(
    plain,
    `The operation succeeded (${statusOf(answer, options)}) but did not answer with the JSON that it promises`,
  )
}

function readJson(answer: ApiAnswer, options: ResultOptions): CallToolResult {
  const { output, redact, maxDepth, maxErrorLength } = options
  const raw = decode(answer)
  const parsed = parse(raw)
  if (parsed === undefined || !isShallow(parsed.value, maxDepth)) {
    const why = parsed === undefined ? 'is no JSON' : `is nested deeper than ${maxDepth} levels`
    return broken(
      { content: [{ type: 'text', text: cut(redact(raw), maxErrorLength) }] },
      `The operation succeeded (${statusOf(answer, options)}) but what it answered ${why}`,
    )
  }
  const value = redactIn(parsed.value, redact)
  const text = value === parsed.value ? raw : JSON.stringify(value)
  const content: ContentBlock[] = [{ type: 'text', text }]
  const verdict = output?.validator.validate(value)
  if (verdict === undefined || verdict.ok) return { content, structuredContent: value }
  const issues = verdict.issues.map(({ path, message }) => `${path || '/'}: ${message}`).join('; ')
  return broken(
    { content },
    `The operation succeeded (${statusOf(answer, options)}) but its answer is not as the API describes it (${cut(issues, 1_000)})`,
  )
}

/** A success that breaks the promise of the output schema can only be told as an error, and must not be tried again. */
function broken({ content }: Pick<CallToolResult, 'content'>, why: string): CallToolResult {
  return {
    content: [{ type: 'text', text: `${why}. Do not repeat it for that. The answer:` }, ...content],
    isError: true,
  }
}

function readBad(answer: ApiAnswer, options: ResultOptions): CallToolResult {
  const { redact, maxErrorLength } = options
  const type = typeOf(answer)
  const { bytes } = answer
  const isReadable = isJson(type) || isText(type) || type === ''
  const told = `HTTP ${statusOf(answer, options)}${placeOf(answer, options)}`
  const body = isReadable
    ? cut(redact(decode(answer)), maxErrorLength)
    : `(${bytes.length} bytes of ${essenceOf(type)})`
  const text = bytes.length === 0 ? told : `${told}\n${body}`
  return { content: [{ type: 'text', text }], isError: true }
}

function placeOf({ status, headers }: ApiAnswer, { redact }: Redacting): string {
  const location = headers.get('location')
  if (status < 300 || status > 399 || location === null) return ''
  return `: it redirects to ${cut(redact(location), 500)}, which is not followed`
}

function blockOf(answer: ApiAnswer, { redact }: Redacting): ContentBlock {
  const { bytes, url } = answer
  const type = typeOf(answer)
  const mimeType = essenceOf(type)
  if (bytes.length === 0) return { type: 'text', text: statusOf(answer, { redact }) }
  if (isText(type) || type === '') return { type: 'text', text: redact(decode(answer)) }
  const data = encodeBase64(bytes)
  if (mimeType.startsWith('image/')) return { type: 'image', data, mimeType }
  if (mimeType.startsWith('audio/')) return { type: 'audio', data, mimeType }
  // Its query may hold a key.
  const uri = redact(`${url.origin}${url.pathname}`)
  return { type: 'resource', resource: { uri, mimeType, blob: data } }
}

function tellHeaders(
  { headers }: ApiAnswer,
  { told, redact }: ResultOptions,
): ContentBlock | undefined {
  const lines = told.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${value}`]
  })
  return lines.length === 0 ? undefined : { type: 'text', text: redact(lines.join('\n')) }
}

/** Secrets are taken out before it is cut: the half of one would not be found. */
function statusOf({ status, statusText }: ApiAnswer, { redact }: Redacting): string {
  return `${status} ${cut(redact(statusText), 100)}`.trimEnd()
}

function typeOf({ headers }: ApiAnswer): string {
  return headers.get('content-type') ?? ''
}

function decode(answer: ApiAnswer): string {
  const charset = charsetOf(typeOf(answer))
  try {
    return new TextDecoder(charset).decode(answer.bytes)
  } catch {
    // A charset that does not exist: what is ASCII in it can be read all the same.
    return new TextDecoder().decode(answer.bytes)
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined // it is said to be JSON, and is not
  }
}
