import type { Client, ConnectOptions, ElicitAnswer } from '../../src/client/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { declines, thinks } from './expectation.ts'
import type { Expected } from './expectation.ts'
import { places } from './talker.ts'
import { createWire } from './wire.ts'
import type { Wire, WireOptions } from './wire.ts'
import type { Setup } from './step.ts'

/** One client of the library, and what the model knows of it. */
export interface Peer {
  readonly index: number
  wire: Wire
  client: Client
  /** `dead`: its channel is over. */
  state: 'open' | 'dead' | 'closed'
  /** Something may have been missed on the way: what belongs to no call is not counted any more. */
  lossy: boolean
  /** A connection or a session of it was lost. */
  broken: boolean
  /** Whether a question was ever thought about: then nobody can say when a request runs out of time. */
  hasThought: boolean
  /** Questions that somebody thinks about, by the token of their call. */
  readonly questions: Map<string, (answer: ElicitAnswer) => void>
  readonly logs: string[]
  listChanges: number
  /** Changes that there had been when it connected. */
  changesBefore: number
  /** What its application was told that must not happen. */
  readonly faults: string[]
}

/** What peers need of their world. */
export interface PeerWorld extends Setup {
  readonly runtime: TestRuntime
  readonly server: WireOptions['server']
  /** The call of this token. */
  find(token: string): Expected | undefined
}

/** Connects peer `index` for the first time, or anew. */
export async function connectPeer(world: PeerWorld, index: number): Promise<Peer> {
  const { transport, seed, server, runtime } = world
  const wire = createWire(transport, {
    server,
    runtime,
    seed: seed + index,
    peer: `192.0.2.${index + 1}`,
  })
  const peer: Peer = {
    index,
    wire,
    client: undefined as unknown as Client, // before anybody sees it
    state: 'open',
    lossy: false,
    broken: false,
    hasThought: false,
    questions: new Map(),
    logs: [],
    listChanges: 0,
    changesBefore: 0,
    faults: [],
  }
  peer.client = await wire.connect(optionsOf(world, peer))
  await peer.client.setLogLevel('info')
  return peer
}

/** Whether a client of this version can be asked. */
export function canBeAsked({ version }: Setup): boolean {
  return version >= '2025-06-18'
}

function optionsOf(world: PeerWorld, peer: Peer): ConnectOptions {
  const { version, runtime } = world
  const elicit: ConnectOptions['elicit'] = ({ message }, { signal }) => {
    const count = world.find(message)?.count ?? 0
    if (declines(count)) return { action: 'decline' }
    const accept: ElicitAnswer = { action: 'accept', content: { said: `said ${message}` } }
    if (!thinks(count)) return accept
    peer.hasThought = true
    return new Promise((resolve, reject) => {
      peer.questions.set(message, resolve)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }
  return {
    versions: [version],
    runtime,
    reconnect: false,
    // One is the subscription's, where there is one.
    limits: { maxCallsPerPeer: version === '2026-07-28' ? places + 1 : places },
    ...(canBeAsked(world) ? { elicit } : {}),
    onLog: ({ data }) => void peer.logs.push(String(data)),
    onListChanged: () => (peer.listChanges += 1),
    onError: (error) => void peer.faults.push(`its application threw ${String(error)}`),
  }
}
