import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn as nodeSpawn } from 'node:child_process'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import { defaultLimits } from '../std/limits.ts'
import type { LineReader } from '../std/lines.ts'
import { createLineReader } from '../std/lines.ts'
import { inTime } from '../std/in-time.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Channel, ChannelReceiver } from '../transport/channel.ts'
import { createLineWriter } from './line-writer.ts'
import { createOutputTail } from './output-tail.ts'
import type { ProcessGroup } from './process-group.ts'
import { createProcessGroup } from './process-group.ts'
import type { StartedProcess, StartOptions } from './start-process.ts'
import { startProcess } from './start-process.ts'
import { readStderr } from './stderr.ts'
import { visible } from '../std/visible.ts'

/** A server to be started, and what to do with what it says beside its messages. */
export interface SpawnChannelOptions extends StartOptions {
  /** Its lines of diagnosis: to our own stderr, nowhere, or to a function. Default `inherit`. */
  readonly stderr?: 'inherit' | 'ignore' | ((line: string) => void)
  /** A line on stdout that is no message, cut to a thousand characters; called at most `maxStrayLines` times. */
  readonly onStray?: (line: string) => void
  readonly limits?: Pick<Limits, 'maxAnswerBytes' | 'childGraceMs' | 'maxStrayLines'>
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

const maxStrayLength = 1_000
/** A grandchild may hold the pipes of a child that is gone; what they still bring is waited for no longer than this. */
const pipesMs = 500

/**
 * The client's end of stdio. `start` starts the server, as a child in a process group of its own; `close` ends the whole
 * group: end of stdin, SIGTERM, SIGKILL, `childGraceMs` apart (basic/lifecycle, "Shutdown"). `closed` reports McpError
 * `ERR_SPAWN` when the child cannot be started, and `ERR_CHILD_EXITED` when it ends by itself.
 */
export function spawnChannel(options: SpawnChannelOptions): Channel {
  const { limits = defaultLimits, runtime = systemRuntime } = options
  let running: Running | undefined
  let closing: Promise<void> | undefined
  return {
    start(receiver) {
      try {
        running = run(startProcess(options), { ...options, limits, runtime, receiver })
      } catch (error) {
        if (!(error instanceof McpError)) throw error
        // Later, as with the failures that Node reports by an event.
        queueMicrotask(() => receiver.closed(closing === undefined ? error : undefined))
      }
    },
    send: (text) => running?.send(text),
    close: () => (closing ??= running?.close() ?? Promise.resolve()),
  }
}

interface RunOptions extends SpawnChannelOptions {
  readonly limits: Pick<Limits, 'maxAnswerBytes' | 'childGraceMs' | 'maxStrayLines'>
  readonly runtime: Runtime
  readonly receiver: ChannelReceiver
}

type Running = Pick<Channel, 'send' | 'close'>

function run({ child, failure }: StartedProcess, options: RunOptions): Running {
  const { limits, runtime, receiver } = options
  const tail = createOutputTail()
  const writer = createLineWriter(child.stdin)
  const lines = messageReader(options)
  const group = groupOf(child, options)
  // Both are listened to from the start, since they may come in one go.
  const exit = new Promise<unknown>((resolve) => {
    child.once('error', resolve).once('exit', () => resolve(undefined))
  })
  const pipes = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let asked = false

  const untilGone = async (): Promise<void> => {
    const error = await exit
    await inTime(pipes, { ms: pipesMs, runtime })
    lines.end()
    child.stdout.destroy()
    child.stderr.destroy()
    const reason =
      error === undefined ? exited(options.command, child, tail.read()) : failure(error)
    receiver.closed(asked ? undefined : reason)
    // Whatever the child has left behind in its group.
    await group?.end(limits.childGraceMs)
  }

  child.stdout.on('data', (chunk: Buffer) => lines.push(chunk)).on('error', ignore)
  child.stdin.on('error', ignore)
  readStderr(child.stderr, tail, options.stderr)
  const gone = untilGone()

  return {
    send: writer.send,
    async close() {
      asked = true
      writer.handOver()
      child.stdin.end()
      if (await inTime(gone, { ms: limits.childGraceMs, runtime })) return
      await group?.end(limits.childGraceMs)
      await inTime(gone, { ms: 2 * pipesMs, runtime })
    },
  }
}

/** Lines that begin as JSON-RPC does are messages; the rest is noise that some servers print, and is never passed on. */
function messageReader({ limits, receiver, onStray }: RunOptions): LineReader {
  let strayLines = 0
  return createLineReader({
    maxBytes: limits.maxAnswerBytes,
    onLine(line) {
      if (/^\s*[{[]/.test(line)) return receiver.message(line)
      strayLines += 1
      if (strayLines <= limits.maxStrayLines) onStray?.(visible(line.slice(0, maxStrayLength)))
    },
    onOversize(head) {
      const message = `a line of the server is longer than ${limits.maxAnswerBytes} bytes`
      receiver.fault({ kind: 'oversize', message, head })
    },
    onInvalid(head) {
      receiver.fault({ kind: 'encoding', message: 'a line of the server is not UTF-8', head })
    },
  })
}

function groupOf(
  child: ChildProcessWithoutNullStreams,
  { platform = process.platform, spawn = nodeSpawn, runtime }: RunOptions,
): ProcessGroup | undefined {
  if (child.pid === undefined) return undefined
  return createProcessGroup({ child, platform, spawn, runtime })
}

/** Without the arguments, which may hold secrets. */
function exited(command: string, child: ChildProcess, lastWords: string): McpError {
  const { exitCode, signalCode } = child
  const end = signalCode === null ? `exited with code ${exitCode}` : `was ended by ${signalCode}`
  const said = lastWords === '' ? 'it said nothing on stderr' : `its last words:\n${lastWords}`
  return new McpError('ERR_CHILD_EXITED', `the server "${command}" ${end}; ${said}`)
}

/** How a child's pipes fail is told by its exit. */
function ignore(): void {}
