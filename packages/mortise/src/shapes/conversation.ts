import type { Issue } from '../jsonschema/validator.ts'
import { checkerOf } from './checker.ts'
import type { ShapeOptions } from './checker.ts'
import { judgeMessage, otherSide } from './message.ts'
import type { Fields, Speaker } from './message.ts'
import { knownIn, shapeVersions, versionsWith } from './vocabulary.ts'

/** Which conversation is judged. */
export interface ConversationOptions extends ShapeOptions {
  /** The version that is spoken. Default: the one that the messages name, and the newest until one does. */
  readonly version?: string
}

/** Judges a conversation, message by message, in the order in which they are said. */
export interface ConversationJudge {
  /** What is wrong with `message`; empty when nothing is. A response is judged as the answer to what was asked. */
  judge(from: Speaker, message: unknown): readonly Issue[]
}

interface Asked {
  readonly method: string
  readonly version: string
}

const ENVELOPE = 'io.modelcontextprotocol/protocolVersion'
// A cancelled request is never answered. The answer to a forgotten one is judged by its frame alone.
const MAX_UNANSWERED = 1_000

/**
 * A judge for one conversation between a client and a server. It remembers who asked what, to judge the answer.
 * Extensions count only in the versions that they extend.
 * @throws TypeError when the version is not known, or has not the extensions.
 */
export function createConversationJudge({
  version,
  extensions = [],
}: ConversationOptions = {}): ConversationJudge {
  const [newest = ''] = shapeVersions
  let spoken = version ?? newest
  const unanswered = new Map<string, Asked>()
  if (version !== undefined) checkerOf(version, { extensions })

  const askedBy = (from: Speaker, { id }: Fields): Asked | undefined =>
    unanswered.get(nameOf(otherSide[from], id))

  const versionOf = (from: Speaker, fields: Fields): string => {
    if (version !== undefined) return version
    const asked = 'method' in fields ? undefined : askedBy(from, fields)
    const isHandshake = 'initialize' === (asked?.method ?? fields['method'])
    const named = namedVersion(fields)
    if (named !== undefined && shapeVersions.includes(named)) spoken = named
    else if (isHandshake) [spoken = newest] = versionsWith('InitializeRequest')
    return isHandshake || asked === undefined ? spoken : asked.version
  }

  const remember = (from: Speaker, fields: Fields, by: string): void => {
    const { id, method } = fields
    if (id === undefined) return
    if (typeof method !== 'string') return void unanswered.delete(nameOf(otherSide[from], id))
    unanswered.set(nameOf(from, id), { method, version: by })
    const [oldest] = unanswered.keys()
    if (unanswered.size > MAX_UNANSWERED && oldest !== undefined) unanswered.delete(oldest)
  }

  return {
    judge(from, message) {
      const by = Array.isArray(message) ? spoken : versionOf(from, fieldsOf(message))
      const found = judgeMessage(checkerOf(by, { extensions: knownIn(by, extensions) }), {
        from,
        message,
        answersOf: (response) => askedBy(from, response)?.method,
      })
      const members: readonly unknown[] = Array.isArray(message) ? message : [message]
      for (const member of members) remember(from, fieldsOf(member), by)
      return found
    },
  }
}

function nameOf(asker: Speaker, id: unknown): string {
  return `${asker} ${JSON.stringify(id)}`
}

/** The version that a message names: in its envelope, or in the handshake. */
function namedVersion({ params, result }: Fields): string | undefined {
  const asked = fieldsOf(params)
  const named = fieldsOf(asked['_meta'])[ENVELOPE]
  const found = named ?? asked['protocolVersion'] ?? fieldsOf(result)['protocolVersion']
  return typeof found === 'string' ? found : undefined
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
