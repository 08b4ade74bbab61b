/**
 * What the wire of a revision carries, as far as the matrix looks: the rows of docs/spec/matrix.md that differ. What a
 * revision cannot say is a value here and not an `if` in a test.
 */
export interface Wire {
  /** The conversation is a session, in which the server may ask: a refusal of the client is told to the handler. */
  readonly sessions: boolean
  readonly resourceNotFound: -32002 | -32602
  readonly missingCapability: -32021 | -32602
  /** Arguments that do not fit: `isError` in a result, or an error of the protocol. */
  readonly argumentFault: 'result' | 'error'
  readonly capabilities: readonly string[]
  /** A result says how long it is good for. */
  readonly cacheHints: boolean
  /** The values that `structuredContent` may have. */
  readonly structured: 'any' | 'object' | 'none'
  /** The members of a definition that are not in every revision. */
  readonly definition: readonly string[]
  /** The same, of tools alone. */
  readonly tool: readonly string[]
  /** The same, of what a server says it is. */
  readonly info: readonly string[]
  /** Kinds of content; others are told in words. */
  readonly content: readonly string[]
  /** Questions to the user. */
  readonly elicits: readonly ('form' | 'url')[]
  /** A model may be given tools. */
  readonly samplingTools: boolean
}

const newest: Wire = {
  sessions: false,
  resourceNotFound: -32602,
  missingCapability: -32021,
  argumentFault: 'result',
  capabilities: ['completions', 'logging', 'prompts', 'resources', 'tools'],
  cacheHints: true,
  structured: 'any',
  definition: ['_meta', 'icons', 'title'],
  tool: ['annotations', 'outputSchema'],
  info: ['description', 'icons', 'title', 'websiteUrl'],
  content: ['text', 'image', 'resource', 'audio', 'resource_link'],
  elicits: ['form', 'url'],
  samplingTools: true,
}

const wire20251125: Wire = {
  ...newest,
  sessions: true,
  resourceNotFound: -32002,
  missingCapability: -32602,
  cacheHints: false,
  structured: 'object',
}

const wire20250618: Wire = {
  ...wire20251125,
  argumentFault: 'error',
  definition: ['_meta', 'title'],
  info: ['title'],
  elicits: ['form'],
  samplingTools: false,
}

const wire20250326: Wire = {
  ...wire20250618,
  structured: 'none',
  definition: [],
  tool: ['annotations'],
  info: [],
  content: ['text', 'image', 'resource', 'audio'],
  elicits: [],
}

const wire20241105: Wire = {
  ...wire20250326,
  capabilities: ['logging', 'prompts', 'resources', 'tools'],
  tool: [],
  content: ['text', 'image', 'resource'],
}

const wires: Readonly<Record<string, Wire>> = {
  '2026-07-28': newest,
  '2025-11-25': wire20251125,
  '2025-06-18': wire20250618,
  '2025-03-26': wire20250326,
  '2024-11-05': wire20241105,
}

/** What the wire of this revision carries. @throws TypeError when nobody has said so. */
export function wireOf(version: string): Wire {
  const wire = wires[version]
  if (wire === undefined) throw new TypeError(`nothing is known of the wire of ${version}`)
  return wire
}

/** What `client.call` gives for an object that a tool returns: the same in text, where the wire has no word for it. */
export function called(wire: Wire, value: object): unknown {
  return wire.structured === 'none' ? JSON.stringify(value) : value
}
