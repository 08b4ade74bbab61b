import type { EraHost } from '../src/eras/host.ts'
import { expiredHeaders } from '../src/http/answers.ts'
import { methodRecord } from '../src/model/methods.ts'
import { createNoticeBoard } from '../src/server/notices.ts'
import type { NoticeBoard } from '../src/server/notices.ts'
import { coreTopics, elicitationCompletion } from '../src/server/topics.ts'
import { createBeat } from '../src/std/beat.ts'
import { createGate } from '../src/std/gate.ts'
import { resolveLimits } from '../src/std/limits.ts'
import type { Limits } from '../src/std/limits.ts'
import type { Revision } from '../src/model/revision.ts'
import { sessionRevisions } from '../src/revisions/index.ts'
import { revision20251125 } from '../src/revisions/2025-11-25/index.ts'
import { createTestRuntime } from '../src/testing/index.ts'
import type { TestRuntime } from '../src/testing/index.ts'

/** The revisions of the session era, of which there is one at least. */
export const spokenSessions: readonly [Revision, ...Revision[]] = [
  revision20251125,
  ...sessionRevisions.slice(1),
]

/** A server's side of an era, as `createServer` makes it, with time in the test's hands. */
export interface TestEraHost extends EraHost {
  readonly runtime: TestRuntime
  /** What was masked on the wire. */
  readonly reported: unknown[]
  readonly notices: NoticeBoard
}

/** A host whose calls are run by `dispatch`. */
export function createEraHost({
  limits: changes = {},
  runtime = createTestRuntime(),
  ...parts
}: { limits?: Partial<Limits>; runtime?: TestRuntime } & Partial<
  Omit<EraHost, 'limits' | 'runtime' | 'notices'>
> = {}): TestEraHost {
  const limits = resolveLimits(changes)
  const reported: unknown[] = []
  const capabilities = {
    logging: {},
    tools: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
  }
  const notices = createNoticeBoard((error) => void reported.push(error))
  const topics = coreTopics({ capabilities: () => capabilities, watch: () => undefined })
  for (const topic of [...topics, elicitationCompletion]) notices.add(topic)
  return {
    identity: { name: 'test', version: '1.0.0' },
    instructions: undefined,
    capabilities: () => capabilities,
    dispatch: (call, own) => (own === undefined ? { content: [] } : own(call)),
    mirrored: () => undefined,
    challenge: () => ({}),
    expired: expiredHeaders,
    record: methodRecord,
    extends: () => false,
    resultTypes: new Set(),
    notices,
    subscriptions: createGate({
      max: limits.maxSubscriptions,
      maxPerPeer: limits.maxSubscriptionsPerPeer,
    }),
    versions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
    gate: createGate({ max: limits.maxCalls, maxPerPeer: limits.maxCallsPerPeer }),
    beat: createBeat(runtime, limits.keepAliveMs),
    limits,
    runtime,
    sessionPrefix: '',
    secrets: undefined,
    store: undefined,
    rootsChanged: () => {},
    report: (error) => void reported.push(error),
    mask(error) {
      reported.push(error)
      return 'masked'
    },
    ...parts,
    reported,
  }
}
