import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { backOffMs } from '../../client/back-off.ts'
import { createMemoryStore } from '../../state/memory.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { Serving } from '../serve.ts'
import { closeUntaken } from './handed-over.ts'
import { readFromWorker, tagVariable, wrap } from './messages.ts'
import type { FromPrimary, FromWorker, StoreUse } from './messages.ts'

/** What the primary is to keep running. */
export interface SuperviseOptions {
  readonly count: number
  readonly port: number
  readonly nextFreePort: boolean
  readonly limits: Limits
}

/** The place of one worker, which is filled again when that ends. */
interface Slot {
  worker: Worker | undefined
  tag: string
  startedAt: number
  listening: boolean
  /** How often in a row it ended. */
  failures: number
  stopWaiting: () => void
}

/**
 * Starts workers and replaces those that end. Resolves when all of them listen.
 * @throws McpError `ERR_PORT_TAKEN`, `ERR_LISTEN` of the first one; `ERR_WORKERS` when they end again and again.
 */
export async function supervise(
  options: SuperviseOptions,
): Promise<Serving & { readonly url: string }> {
  const { count, limits, nextFreePort } = options
  const runtime = systemRuntime
  const store = createMemoryStore()
  const key = encodeBase64Url(runtime.randomBytes(32))
  const { privateBase, remove } = makePrivatePlace()
  const slots = Array.from({ length: count }, newSlot)
  const up = newEnding()
  const over = newEnding()
  over.promise.catch(() => {}) // for those who do not look at `done`
  let lastTag = 0
  let isUp = false
  let asked = options.port
  let found: { readonly url: string; readonly port: number } | undefined
  let closing: Promise<void> | undefined

  function begin(slot: Slot): void {
    slot.tag = (lastTag += 1).toString(36)
    slot.startedAt = runtime.monotonic()
    const worker = (slot.worker = cluster.fork({ [tagVariable]: slot.tag }))
    closeUntaken(worker)
    worker.on('message', (sent: unknown) => {
      const message = readFromWorker(sent)
      if (message !== undefined) void hear(slot, worker, message)
    })
    worker.once('exit', (code: number, signal: string) => ended(slot, signal || `code ${code}`))
    worker.on('error', (error) => {
      // Otherwise it is of a message to a worker that is ending.
      if (worker.process.pid === undefined) ended(slot, error.message)
    })
  }

  async function hear(slot: Slot, worker: Worker, message: FromWorker): Promise<void> {
    switch (message.kind) {
      case 'join':
        say(worker, { kind: 'place', port: asked, nextFreePort, privateBase, key })
        return
      case 'listening':
        listens(slot, worker, message)
        return
      case 'refused':
        if (found === undefined) giveUp(new McpError(message.code, message.message))
        else worker.process.kill('SIGKILL')
        return
      case 'notice':
        for (const other of slots) {
          if (other !== slot && other.listening && other.worker !== undefined) {
            say(other.worker, { kind: 'notice', notice: message.notice })
          }
        }
        return
      case 'store': {
        const value = await useStore(store, message)
        say(worker, { kind: 'stored', id: message.id, value })
      }
    }
  }

  function listens(slot: Slot, worker: Worker, at: { url: string; port: number }): void {
    if (found === undefined) {
      found = at
      // Port 0 means one and the same port for as long as some worker has it, and another one after that.
      if (asked !== 0) asked = at.port
      for (const other of slots) if (other !== slot) begin(other)
    } else if (at.port !== found.port) {
      worker.process.kill('SIGKILL')
      return
    }
    slot.listening = true
    if (!slots.every((each) => each.listening)) return
    isUp = true
    up.resolve()
  }

  function ended(slot: Slot, how: string): void {
    const { tag, startedAt } = slot
    slot.worker = undefined
    slot.listening = false
    remove(tag)
    if (closing !== undefined) return
    if (found !== undefined && !slots.some(({ listening }) => listening)) asked = found.port
    if (runtime.monotonic() - startedAt >= limits.reconnectResetMs) slot.failures = 0
    slot.failures += 1
    if (slot.failures > limits.maxReconnects) {
      const message = `a worker ended ${slot.failures} times in a row, the last time by ${how}: its own words are above`
      giveUp(new McpError('ERR_WORKERS', message))
      return
    }
    const delayMs = backOffMs(slot.failures, limits)
    process.stderr.write(`worker ${tag} ended (${how}); another one starts in ${delayMs} ms\n`)
    slot.stopWaiting = runtime.after(delayMs, () => begin(slot), { holds: true })
  }

  function giveUp(error: McpError): void {
    void close().then(() => {
      up.reject(error)
      over.reject(error)
    })
    if (!isUp) return
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exitCode = 1
  }

  function close(): Promise<void> {
    return (closing ??= end())
  }

  async function end(): Promise<void> {
    const living: Worker[] = []
    for (const slot of slots) {
      slot.stopWaiting()
      if (slot.worker === undefined) continue
      living.push(slot.worker)
      // One that is still starting does not listen to us yet.
      if (slot.listening) say(slot.worker, { kind: 'close' })
      else slot.worker.process.kill('SIGTERM')
    }
    const stop = runtime.after(limits.drainMs + limits.childGraceMs, cutOff)
    await Promise.all(living.map((worker) => new Promise((gone) => worker.once('exit', gone))))
    stop()
    process.off('exit', cutOffAll)
    remove()
  }

  function cutOff(): void {
    for (const { worker } of slots) worker?.process.kill('SIGKILL')
  }

  function cutOffAll(): void {
    cutOff()
    remove()
  }

  process.on('exit', cutOffAll)
  const [first] = slots
  if (first !== undefined) begin(first)
  await up.promise
  // Safe: the first that listens has told it.
  const { url } = found!
  return {
    url,
    done: over.promise,
    close: () => close().then(over.resolve),
  }
}

function newSlot(): Slot {
  const stopWaiting = (): void => {}
  return { worker: undefined, tag: '', startedAt: 0, listening: false, failures: 0, stopWaiting }
}

/** An ended worker hears nothing. */
function say(worker: Worker, message: FromPrimary): void {
  if (worker.isConnected()) worker.send(wrap(message), () => {})
}

async function useStore(
  store: KeyValueStore,
  what: StoreUse,
): Promise<string | boolean | undefined> {
  if (what.use === 'get') return await store.get(what.key)
  if (what.use === 'swap') {
    const { expected, value, ttlMs } = what.change // without `expected` where that was undefined
    return await store.swap(what.key, { expected, value, ttlMs })
  }
  await store.delete(what.key)
  return undefined
}

/** Where workers reach each other: a folder for this user alone, or the names of pipes that nobody guesses. */
function makePrivatePlace(): {
  readonly privateBase: string
  /** Removes what one worker has left there, or all of it. */
  remove(tag?: string): void
} {
  if (process.platform === 'win32') {
    const name = encodeBase64Url(systemRuntime.randomBytes(18))
    return { privateBase: `\\\\.\\pipe\\mortise-${name}-`, remove() {} }
  }
  const folder = mkdtempSync(join(tmpdir(), 'mortise-workers-'))
  return {
    privateBase: `${folder}${sep}`,
    remove: (tag = '') => rmSync(join(folder, tag), { recursive: true, force: true }),
  }
}

/** A promise, and what settles it. */
interface Ending {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}

function newEnding(): Ending {
  let settle: Pick<Ending, 'resolve' | 'reject'> = { resolve() {}, reject() {} }
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
