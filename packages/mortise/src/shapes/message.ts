import type { Issue } from '../jsonschema/validator.ts'
import { checkerOf } from './checker.ts'
import type { Checker, ShapeOptions } from './checker.ts'
import type { Shape } from './notation.ts'

/** Who says a message. */
export type Speaker = 'client' | 'server'

/** What is known of a message besides itself. */
export interface MessageOptions extends ShapeOptions {
  /** The method of the request that a response answers. Without it, only the frame of a response is judged. */
  readonly answers?: string
}

/** The members of a message. */
export type Fields = Readonly<Record<string, unknown>>

const types = {
  client: { request: 'ClientRequest', notification: 'ClientNotification' },
  server: { request: 'ServerRequest', notification: 'ServerNotification' },
} as const

/** Who hears what a speaker says. */
export const otherSide: Readonly<Record<Speaker, Speaker>> = { client: 'server', server: 'client' }

/**
 * What is wrong with a message that `from` sends in `version`: with its frame (JSON-RPC), and with what it says; empty
 * when nothing is. A batch is judged member by member, where the version has batches.
 * @throws TypeError when the version or an extension is not known.
 */
export function validateMessage(
  version: string,
  from: Speaker,
  message: unknown,
  { answers, ...options }: MessageOptions = {},
): readonly Issue[] {
  return judgeMessage(checkerOf(version, options), { from, message, answersOf: () => answers })
}

/** A message, and how to find out which method a response in it answers. */
interface Judged {
  readonly from: Speaker
  readonly message: unknown
  readonly answersOf: (response: Fields) => string | undefined
}

/** As `validateMessage`, for whoever knows the responses of a batch apart. */
export function judgeMessage(checker: Checker, { message, ...said }: Judged): readonly Issue[] {
  if (Array.isArray(message) && checker.vocabulary.types.has('JSONRPCBatchRequest')) {
    return judgeBatch(message, (member) => judgeOne(checker, { ...said, message: member }))
  }
  return judgeOne(checker, { ...said, message })
}

function judgeBatch(
  batch: readonly unknown[],
  judgeMember: (member: unknown) => readonly Issue[],
): readonly Issue[] {
  if (batch.length === 0) return [issue('', 'minItems', 'a batch has at least one message')]
  return batch.flatMap((member, index) =>
    judgeMember(member).map(({ path, ...rest }) => ({ path: `/${index}${path}`, ...rest })),
  )
}

function judgeOne(checker: Checker, { from, message, answersOf }: Judged): readonly Issue[] {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return [issue('', 'type', 'a message is one object')]
  }
  const fields = message as Fields
  if ('method' in fields) {
    const kind = 'id' in fields ? 'request' : 'notification'
    return judgeSaid(checker, { kind, from, fields })
  }
  if ('result' in fields || 'error' in fields) {
    return [
      ...responseIssues(checker, from, fields),
      ...judgeResponse(checker, { from, fields, answersOf }),
    ]
  }
  return [issue('', 'required', 'a message has "method", "result" or "error"')]
}

/** What the types leave open, since their objects are. */
function responseIssues({ vocabulary }: Checker, from: Speaker, fields: Fields): readonly Issue[] {
  if ('result' in fields && 'error' in fields) {
    return [issue('', 'oneOf', 'a response has "result" or "error", not both')]
  }
  const other = otherSide[from]
  if (vocabulary.types.has(types[other].request)) return []
  const reason = `since a ${other} sends no requests`
  return [issue('', 'method', `a ${from} sends no responses in this version, ${reason}`)]
}

function judgeResponse(
  checker: Checker,
  { from, fields, answersOf }: Omit<Judged, 'message'> & { readonly fields: Fields },
): readonly Issue[] {
  if ('error' in fields) return judgeError(checker, fields)
  return judgeResult(checker, { from, fields, answers: answersOf(fields) })
}

function judgeSaid(
  checker: Checker,
  { kind, from, fields }: { kind: 'request' | 'notification'; from: Speaker; fields: Fields },
): readonly Issue[] {
  const frame = framesOf(checker, kind, from)
  const { method } = fields
  const said =
    typeof method === 'string' ? checker.methods(types[from][kind]).get(method) : undefined
  const all = said === undefined ? frame : [...frame, said]
  const found = checker.check(fields, all.join(' '), { kind: 'both', of: all.map(named) })
  if (said !== undefined || typeof method !== 'string') return found
  const message = `a ${from} has no ${kind} "${method}" in this version`
  return [...found, issue('/method', 'method', message)]
}

/** What every message of a kind has. */
function framesOf(
  { vocabulary: { types: known } }: Checker,
  kind: 'request' | 'notification',
  from: Speaker,
): readonly string[] {
  if (kind === 'notification') return ['JSONRPCNotification']
  // A side that sends no requests has nothing to say of them but that.
  const more = known.has('everyRequest') && known.has(types[from].request)
  return more ? ['JSONRPCRequest', 'everyRequest'] : ['JSONRPCRequest']
}

function judgeResult(
  checker: Checker,
  { from, fields, answers }: { from: Speaker; fields: Fields; answers: string | undefined },
): readonly Issue[] {
  const frame = firstKnown(checker, ['JSONRPCResultResponse', 'JSONRPCResponse'])
  const asker = otherSide[from]
  const asked =
    answers === undefined ? undefined : checker.methods(types[asker].request).get(answers)
  if (asked === undefined) return checker.check(fields, frame)
  const stem = asked.replace(/Request$/, '')
  const result = firstKnown(checker, [`${stem}Answer`, `${stem}Result`, 'EmptyResult'])
  const member = { kind: 'member', name: 'result', optional: false, shape: named(result) } as const
  const body: Shape = { kind: 'object', parts: [member] }
  return checker.check(fields, `${frame} ${result}`, { kind: 'both', of: [named(frame), body] })
}

function judgeError(checker: Checker, fields: Fields): readonly Issue[] {
  const { error } = fields
  const code = typeof error === 'object' && error !== null ? (error as Fields)['code'] : undefined
  const special = typeof code === 'number' ? checker.vocabulary.errors[code] : undefined
  const frame = firstKnown(checker, ['JSONRPCErrorResponse', 'JSONRPCError'])
  return checker.check(fields, special ?? frame)
}

function firstKnown({ vocabulary }: Checker, names: readonly string[]): string {
  return names.find((name) => vocabulary.types.has(name)) ?? 'any'
}

function named(name: string): Shape {
  return { kind: 'name', name }
}

function issue(path: string, keyword: string, message: string): Issue {
  return { path, keyword, message }
}
