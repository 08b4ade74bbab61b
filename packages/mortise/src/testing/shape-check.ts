import { McpError } from '../std/error.ts'
import { createConversationJudge } from '../shapes/conversation.ts'
import type { ConversationOptions } from '../shapes/conversation.ts'
import { formatIssues } from '../jsonschema/validator.ts'
import type { Issue } from '../jsonschema/validator.ts'
import { overhear } from './overhear.ts'
import type { Passage } from './passage.ts'

/** A message that is not as the version that is spoken has it. */
export interface ShapeFault {
  readonly from: 'client' | 'server'
  /** As it was sent. */
  readonly text: string
  readonly issues: readonly Issue[]
}

/** Judges every message that passes, both ways. */
export interface ShapeCheck extends Passage {
  /** What was wrong so far, in the order in which it was said. */
  readonly faults: readonly ShapeFault[]
  /** How many messages were judged so far. */
  readonly judged: number
  /**
   * Says what was wrong so far.
   * @throws McpError `ERR_SHAPE` whose message shows each bad message and what is wrong with it.
   */
  check(): void
}

const MAX_SHOWN = 400

/**
 * Judges every message of the conversations that pass through it by the shapes of the version that they speak: give it to
 * `connectInProcess` as one of `through`, and call `check` at the end.
 * @throws TypeError when the version or an extension is not known.
 */
export function createShapeCheck(options: ConversationOptions = {}): ShapeCheck {
  const faults: ShapeFault[] = []
  let judged = 0
  createConversationJudge(options)
  const listening = overhear(() => {
    const conversation = createConversationJudge(options)
    return (from, text) => {
      judged += 1
      const message = readMessage(text)
      const issues = message === undefined ? [notJson] : conversation.judge(from, message)
      if (issues.length > 0) faults.push({ from, text, issues })
    }
  })
  return {
    ...listening,
    faults,
    get judged() {
      return judged
    },
    check() {
      if (faults.length === 0) return
      throw new McpError('ERR_SHAPE', `${faults.length} messages are wrong:\n${describe(faults)}`)
    },
  }
}

const notJson: Issue = { path: '', keyword: 'type', message: 'the text is no JSON' }

function readMessage(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    /* told as a fault of the message, as any other */
    return undefined
  }
}

function describe(faults: readonly ShapeFault[]): string {
  return faults
    .map(({ from, text, issues }) => {
      const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
      return `${from}: ${shown}\n${formatIssues(issues).replace(/^/gm, '  ')}`
    })
    .join('\n')
}
