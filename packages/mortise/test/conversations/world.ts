import { getEventListeners } from 'node:events'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { ends, faultOf, okOf, outcomeOf, shakes, thinks } from './expectation.ts'
import type { Expected } from './expectation.ts'
import { address } from './http-wire.ts'
import { canBeAsked, connectPeer } from './peer.ts'
import type { Peer, PeerWorld } from './peer.ts'
import type { Setup } from './step.ts'
import { createTalker, places } from './talker.ts'
import type { Run, Talker, Tool } from './talker.ts'

/** A shut-down under way, or over. */
interface Closing {
  readonly at: number
  readonly drainMs: number
  done: boolean
  /** Whether the model has drawn its conclusions from that. */
  noted: boolean
}

/** More than a conversation lasts: past it a server's own question would time out. */
const maxTime = 8 * 60_000
const requestTimeoutMs = 60_000
/** Turns of the event loop after which nothing moves. */
const turnsOf = { memory: 2, bytes: 2, stdio: 6, fetch: 4, node: 12 }

/** One conversation as it is, and beside it what the model says of it. */
export class World implements PeerWorld {
  readonly transport: Setup['transport']
  readonly version: string
  readonly seed: number
  readonly runtime: TestRuntime
  readonly talker: Talker
  readonly peers: Peer[] = []
  closing: Closing | undefined
  readonly #wires: Peer['wire'][] = []
  readonly #calls = new Map<string, Expected>()
  #open: Expected[] = []
  #changes = 0
  /** Handlers that were over at the last silence. */
  over: readonly Run[] = []

  constructor({ transport, version, seed }: Setup) {
    this.transport = transport
    this.version = version
    this.seed = seed
    this.runtime = createTestRuntime({ seed: seed + 1 })
    this.talker = createTalker(this.runtime)
  }

  get server(): Talker['server'] {
    return this.talker.server
  }

  /** Whether there are sessions. */
  get hasSessions(): boolean {
    return this.version !== '2026-07-28'
  }

  /** Whether every request is a connection of its own. */
  get isHttp(): boolean {
    return this.transport === 'fetch' || this.transport === 'node'
  }

  /** Calls that were not seen to end. */
  get open(): readonly Expected[] {
    return this.#open
  }

  /** Handlers at work. */
  get running(): readonly Run[] {
    return this.talker.runs.filter(({ ended }) => !ended)
  }

  find(token: string): Expected | undefined {
    return this.#calls.get(token)
  }

  /** Lets everything go on that waits for nothing from outside. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < turnsOf[this.transport]; turn++) await new Promise(setImmediate)
  }

  /** What `promise` comes to without any time passing. */
  async soon<T>(what: string, promise: Promise<T>): Promise<T> {
    let over = false
    const end = (): void => void (over = true)
    promise.then(end, end)
    for (let turn = 0; turn < 20 && !over; turn++) await this.settle()
    if (!over) throw new Error(`${what} takes time`)
    return await promise
  }

  async connect(index: number): Promise<void> {
    const peer = await this.soon('connecting', connectPeer(this, index))
    await this.settle()
    peer.listChanges = 0
    peer.changesBefore = this.#changes
    this.peers[index] = peer
    this.#wires.push(peer.wire)
  }

  /** Whether this peer has as many calls under way as it may. */
  isBusy({ index }: Peer): boolean {
    const running = this.running.filter(({ token }) => this.find(token)?.peer === index)
    const tokens = new Set(running.map(({ token }) => token))
    const others = this.#open.filter(({ peer, token }) => peer === index && !tokens.has(token))
    return running.length + others.length >= places - 1
  }

  call(peer: Peer, given: Tool, count: number): void {
    if (this.isBusy(peer)) return
    const tool = given === 'asks' && !canBeAsked(this) ? 'quick' : given
    const token = `t${this.#calls.size + 1}`
    const call: Expected = {
      token,
      tool,
      count,
      peer: peer.index,
      controller: new AbortController(),
      allowed: new Set(),
      must: undefined,
      shaken: false,
      progress: [],
      heardAt: this.runtime.monotonic(),
      outcome: undefined,
    }
    this.#calls.set(token, call)
    this.#open.push(call)
    const gone = new Error(`${token} is gone`)
    const { signal } = call.controller
    signal.addEventListener('abort', () => {}) // so that a listener which is left shows as the second one
    const options = {
      signal,
      onProgress: (step: Expected['progress'][number]) => {
        if (call.outcome !== undefined) peer.faults.push(`${token} heard progress after its end`)
        call.progress.push(step)
        call.heardAt = this.runtime.monotonic()
      },
    }
    const args = { token, count }
    const answer = peer.client.call(tool, args, options)
    void outcomeOf(answer, gone).then((outcome) => (call.outcome = outcome))
    this.#gone.set(call, gone)
    this.#expect(peer, call)
  }

  readonly #gone = new Map<Expected, Error>()

  #expect({ state }: Peer, call: Expected): void {
    if (state !== 'open') ends(call, 'ERR_DISCONNECTED', 'now')
    else if (this.closing !== undefined) {
      ends(call, this.#refusal, 'when read')
      // It may be on its way when the last call that runs has ended, and the server with it.
      if (!this.isHttp) call.allowed.add('ERR_DISCONNECTED')
      // A client that has noticed the end of its session tries to open another one first.
      else if (this.hasSessions) call.allowed.add('ERR_SESSION_LOST')
    } else if (call.tool === 'slow' || call.tool === 'stubborn') return // until it is released
    else if (call.tool !== 'asks' || !thinks(call.count)) ends(call, okOf(call), 'when read')
  }

  /** What a call is told by a server that takes no more. */
  get #refusal(): string {
    return this.isHttp ? 'ERR_HTTP' : 'ERR_RPC -32603'
  }

  cancel(call: Expected): void {
    ends(call, 'gone', 'now')
    call.controller.abort(this.#gone.get(call))
  }

  release(run: Run): void {
    const call = this.find(run.token)
    if (call !== undefined) ends(call, okOf(call), 'when read')
    run.release()
  }

  answer({ questions }: Peer, token: string): void {
    const answer = questions.get(token)
    questions.delete(token)
    answer?.({ action: 'accept', content: { said: `said ${token}` } })
    const call = this.find(token)
    if (call === undefined) return
    const again = !this.hasSessions && this.closing !== undefined
    ends(call, again ? this.#refusal : okOf(call), 'when read')
    // The last call that runs may end before the next round has arrived, and the channel with it.
    if (again && !this.isHttp) call.allowed.add('ERR_DISCONNECTED')
  }

  hangUp(peer: Peer): void {
    if (peer.state !== 'open') return
    peer.wire.cut()
    peer.lossy = true
    peer.broken = true
    const channel = !this.isHttp
    if (channel) peer.state = 'dead'
    for (const call of this.#callsOf(peer)) {
      // Between two rounds over HTTP there is no connection to break; a session's stream may be taken up again.
      const lasts = !channel && (this.hasSessions || call.tool === 'asks')
      if (!lasts) ends(call, 'ERR_DISCONNECTED', 'now')
      else shakes(call, ...troubles, okOf(call))
    }
  }

  async loseSession(peer: Peer): Promise<void> {
    const { sessionId } = peer.wire
    if (sessionId === undefined || peer.state !== 'open' || this.closing !== undefined) return
    const headers = { 'mcp-session-id': sessionId }
    peer.lossy = true
    peer.broken = true
    for (const call of this.#callsOf(peer)) shakes(call, ...troubles, okOf(call))
    await this.server.fetch(new Request(address, { method: 'DELETE', headers }))
  }

  async close(peer: Peer): Promise<void> {
    for (const call of this.#callsOf(peer)) {
      ends(call, 'ERR_DISCONNECTED', 'now')
      if (peer.broken) call.allowed.add('ERR_SESSION_LOST')
    }
    peer.state = 'closed'
    await this.soon('closing a client', peer.client.close())
  }

  shutDown(drainMs: number): void {
    if (this.closing !== undefined) return
    const closing = { at: this.runtime.monotonic(), drainMs, done: false, noted: false }
    this.closing = closing
    void this.server.close({ drainMs }).then(() => (closing.done = true))
    for (const call of this.#open) {
      // A question that its client has not read is answered too late, or in a round that is refused; so is a new session.
      const peer = this.peers[call.peer]
      const isUnread = peer?.wire.paused ?? false
      const isBroken = peer?.broken ?? false
      if (isUnread && (isBroken || call.tool === 'asks'))
        shakes(call, this.#refusal, ...troubles, okOf(call))
    }
  }

  changeList(): void {
    this.#changes += 1
    this.server.tool(`extra-${this.#changes}`, {}, () => 'extra')
  }

  /** Lets time pass, and looks in between. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0 && this.runtime.monotonic() < maxTime; left -= 5_000) {
      this.runtime.advance(Math.min(left, 5_000))
      for (const call of this.#open) this.#expire(call)
      await this.silence()
    }
  }

  #expire(call: Expected): void {
    if (this.runtime.monotonic() - call.heardAt < requestTimeoutMs) return
    const peer = this.peers[call.peer]
    if (peer?.broken) call.allowed.add('ERR_SESSION_LOST')
    if (peer?.hasThought) call.allowed.add('ERR_TIMEOUT')
    else ends(call, 'ERR_TIMEOUT', 'now')
  }

  #callsOf({ index }: Peer): readonly Expected[] {
    return this.#open.filter(({ peer }) => peer === index)
  }

  /** Waits until nothing moves, and compares what there is with the model. */
  async silence(): Promise<void> {
    await this.settle()
    this.#noteClosing()
    const faults = this.#open.flatMap((call) => {
      const peer = this.peers[call.peer]
      if (peer === undefined) return []
      return [faultOf(call, peer.wire), ...this.#endFaults(call, peer)]
    })
    const others = this.peers.flatMap((peer) => [...this.#peerFaults(peer)])
    const servers = [...this.#handlerFaults(), ...this.#serverFaults()]
    const all = [...faults, ...others, ...servers].filter((one) => one !== undefined)
    if (all.length > 0) throw new Error(all.join('\n'))
    this.#open = this.#open.filter(({ outcome }) => outcome === undefined)
    this.over = this.talker.runs.filter(({ ended }) => ended)
  }

  #noteClosing(): void {
    const { closing } = this
    if (closing === undefined || !closing.done || closing.noted) return
    closing.noted = true
    for (const call of this.#open) {
      if (call.must !== undefined) continue
      if (!this.isHttp) ends(call, 'ERR_DISCONNECTED', 'now')
      else if (this.hasSessions || call.tool === 'asks') shakes(call, ...troubles)
      else if (call.tool === 'slow') ends(call, 'ERR_TOOL_CALL stopped', 'when read')
    }
    for (const peer of this.peers) {
      if (!this.isHttp && peer.state === 'open') peer.state = 'dead'
    }
  }

  /** What is wrong with a call that has ended. */
  *#endFaults(call: Expected, peer: Peer): Generator<string> {
    const { token, tool, count, outcome, progress, shaken } = call
    if (outcome === undefined) return
    const listeners = getEventListeners(call.controller.signal, 'abort').length
    if (listeners > 1) yield `${token} left a listener on its caller's signal`
    const steps = progress.map((step) => step.progress)
    if (steps.some((step, at) => step <= (steps[at - 1] ?? 0)))
      yield `${token}: steps ${steps.join()}`
    if (progress.some(({ message = token }) => message !== token))
      yield `${token}: another's progress`
    if (shaken || outcome !== okOf(call)) return
    if (tool === 'steps' && steps.length !== count)
      yield `${token} heard ${steps.join()} of ${count} steps`
    const lines = peer.logs.filter((line) => line.startsWith(`${token} `))
    if (tool === 'logs' && lines.length !== count)
      yield `${token} logged ${lines.join()} of ${count} lines`
  }

  *#peerFaults(peer: Peer): Generator<string> {
    yield* peer.faults
    yield* peer.wire.laws.broken
    if (peer.logs.includes('late')) yield 'a log line came after its call'
    if (peer.lossy || peer.state !== 'open' || this.closing !== undefined) return
    const changes = this.#changes - peer.changesBefore
    if (peer.listChanges > changes) yield 'more changes of a list were told than there were'
    if (changes > 0 && peer.listChanges === 0) yield 'nobody told that a list has changed'
  }

  /** A cancelled call's handler hears of it, and no other does. */
  *#handlerFaults(): Generator<string> {
    for (const { token, signal } of this.running) {
      const call = this.find(token)
      const peer = call === undefined ? undefined : this.peers[call.peer]
      if (signal === undefined || call === undefined || peer === undefined) continue
      if (call.shaken || peer.broken || peer.state !== 'open') continue
      const left = call.outcome === 'gone' || call.outcome === 'ERR_TIMEOUT'
      if (left && !signal.aborted)
        yield `the handler of ${token} was not told that it was cancelled`
      const wanted = call.outcome === undefined && this.closing === undefined
      if (wanted && signal.aborted) yield `the handler of ${token} was stopped for nothing`
    }
  }

  *#serverFaults(): Generator<string> {
    for (const error of this.talker.errors) {
      if (!(error as Error).message.startsWith('broken '))
        yield `the server masked ${String(error)}`
    }
    const { closing } = this
    if (closing === undefined) return
    const due =
      this.running.length === 0 || this.runtime.monotonic() - closing.at >= closing.drainMs
    if (due && !closing.done) yield 'the server does not close though nothing runs'
    const isHeld = this.running.some(({ tool }) => tool === 'stubborn')
    if (isHeld && !due && closing.done) yield 'the server closed though a call runs'
  }

  /** What is left of the wires once everything is over. */
  leftovers(): readonly string[] {
    return this.#wires.flatMap((wire) => [...wire.leftovers(), ...wire.laws.broken])
  }
}

/** What a call may come to whose session or connection is gone. */
const troubles = [
  'ERR_DISCONNECTED',
  'ERR_SESSION_LOST',
  'ERR_HTTP',
  'ERR_RPC -32600',
  'ERR_TOOL_CALL stopped',
]
