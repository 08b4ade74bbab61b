import type { Params } from './types.ts'

/** Where in a distributed trace a request stands (basic, "_meta"): W3C Trace Context, and W3C Baggage. */
export interface TraceContext {
  /** Version, trace, parent and flags: `00-4bf9…4736-00f0…02b7-01`. */
  readonly traceparent?: string
  /** What vendors of tracing add. Only beside a `traceparent`. */
  readonly tracestate?: string
  /** Names and values that the application carries along. */
  readonly baggage?: string
}

/** W3C Trace Context §3.3.1.1: list members in a `tracestate`. */
const maxStates = 32
/** W3C Baggage §3.3.2: what any implementation must pass on. More is cut by nobody here, and so refused. */
const maxBaggageLength = 8192
/** The longest that is read: W3C Trace Context §3.3.1.5 asks for 512 at least. */
const maxStateLength = 8192

/** The trace context of a request, as far as it is well formed; undefined when there is none. */
export function readTrace({ _meta: meta }: Params): TraceContext | undefined {
  if (typeof meta !== 'object' || meta === null) return undefined
  const { traceparent, tracestate, baggage } = meta as Params
  // §3.2.2.2 and §3.3.1: without a parent that can be read, the state is not.
  const parent = isTraceparent(traceparent) ? { traceparent } : {}
  const state = 'traceparent' in parent && isTracestate(tracestate) ? { tracestate } : {}
  const carried = isBaggage(baggage) ? { baggage } : {}
  const found = { ...parent, ...state, ...carried }
  return Object.keys(found).length === 0 ? undefined : found
}

/** @throws TypeError naming the member that is not as its standard has it. */
export function checkTrace({ traceparent, tracestate, baggage }: TraceContext): void {
  if (traceparent !== undefined && !isTraceparent(traceparent)) throw malformed('traceparent')
  if (tracestate !== undefined && (traceparent === undefined || !isTracestate(tracestate))) {
    throw malformed('tracestate')
  }
  if (baggage !== undefined && !isBaggage(baggage)) throw malformed('baggage')
}

/** W3C Trace Context §3.2.2. A later version may have more after what this one has. */
function isTraceparent(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 512) return false
  const [, version, trace, parent, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(value) ?? []
  if (version === undefined || version === 'ff') return false
  if (version === '00' && more !== undefined) return false
  return !/^0+$/.test(trace ?? '') && !/^0+$/.test(parent ?? '')
}

/** §3.3.1: members `key=value` between commas, of which some may be empty; no key twice. */
function isTracestate(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > maxStateLength) return false
  const members = listOf(value)
  if (members.length === 0 || members.length > maxStates) return false
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))))
  return keys.size === members.length && members.every(isState)
}

function isState(member: string): boolean {
  const key = /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=/
  const found = key.exec(member)
  if (found === null) return false
  const text = member.slice(found[0].length)
  return (
    text.length <= 256 && /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]*[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/.test(text)
  )
}

/** W3C Baggage §3.3.1: members `key=value;property` between commas. */
function isBaggage(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxBaggageLength) return false
  return value.split(',').every(isBaggageMember)
}

function isBaggageMember(member: string): boolean {
  const [pair = '', ...properties] = member.split(';').map(trimmed)
  return isPair(pair) && properties.every((own) => isToken(own) || isPair(own))
}

function isPair(text: string): boolean {
  const at = text.indexOf('=')
  if (at < 1) return false
  // `baggage-octet`: no space, no quote, no comma, no semicolon, no backslash.
  const octets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
  return isToken(trimmed(text.slice(0, at))) && octets.test(trimmed(text.slice(at + 1)))
}

function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)
}

/** The members of a list in a header, without those that are empty. */
function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map(trimmed)
    .filter((member) => member !== '')
}

/** Without the white space that HTTP allows: spaces and tabs. By hand: `/[\t ]+$/` takes the square of a long run of them. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (isBlank(text[start])) start += 1
  while (end > start && isBlank(text[end - 1])) end -= 1
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

function malformed(name: string): TypeError {
  return new TypeError(`${name} is not as W3C Trace Context or W3C Baggage has it`)
}
