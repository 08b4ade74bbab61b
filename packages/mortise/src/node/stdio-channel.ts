import type { Readable, Writable } from 'node:stream'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import { defaultLimits } from '../std/limits.ts'
import { createLineReader } from '../std/lines.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Channel, ChannelReceiver } from '../transport/channel.ts'
import { createLineWriter } from './line-writer.ts'
import { guardStdout } from './stdout-guard.ts'

/** Where a stdio server listens and speaks. */
export interface StdioChannelOptions {
  /** Default: `process.stdin`, left open at the end. A stream given here is destroyed. */
  readonly input?: Readable
  /** Default: `process.stdout`, guarded against everybody else while the channel lasts. A stream given here is ended. */
  readonly output?: Writable
  readonly limits?: Pick<Limits, 'maxMessageBytes' | 'drainMs'>
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/**
 * The server's end of stdio: lines on stdin and stdout (basic/transports, "stdio"). A full stdout stops the reading of
 * stdin, so that a host that does not read cannot make the server queue without bound. After the end of stdin the channel
 * is `closed`, yet what is sent still reaches a stdout that is open, until `close`.
 */
export function createStdioChannel(options: StdioChannelOptions = {}): Channel {
  const { input = process.stdin, output = process.stdout } = options
  const { limits = defaultLimits, runtime = systemRuntime } = options
  const guard = options.output === undefined ? guardStdout() : undefined
  let receiver: ChannelReceiver | undefined
  let closing: Promise<void> | undefined

  const writer = createLineWriter(output, {
    ...(guard === undefined ? {} : { write: guard.write }),
    onFull: () => input.pause(),
    onRoom: () => {
      if (receiver !== undefined) input.resume()
    },
  })

  const finish = (error?: McpError): void => {
    const told = receiver
    receiver = undefined
    input.off('data', onData).off('end', onEnd).off('close', onEnd).pause()
    told?.closed(error)
  }
  const lines = createLineReader({
    maxBytes: limits.maxMessageBytes,
    onLine: (line) => receiver?.message(line),
    onOversize: () => receiver?.fault(oversize(limits.maxMessageBytes)),
    onInvalid: () => receiver?.fault({ kind: 'encoding', message: 'a line is not UTF-8' }),
  })
  const onData = (chunk: Uint8Array): void => {
    lines.push(chunk)
    // What was answered at once has nothing to wait for.
    writer.handOver()
  }
  const onEnd = (): void => {
    lines.end()
    finish()
  }
  const onError = (cause: NodeJS.ErrnoException): void => {
    // The host going away is the ordinary end of a stdio server.
    const quiet = cause.code === 'EPIPE' || cause.code === 'ECONNRESET'
    finish(quiet ? undefined : new McpError('ERR_DISCONNECTED', 'stdio broke', { cause }))
  }
  const shutDown = async (): Promise<void> => {
    finish()
    await writer.flush(limits.drainMs, runtime)
    process.off('exit', writer.handOver)
    guard?.restore()
    if (options.output !== undefined) output.end()
    if (options.input !== undefined) input.destroy()
    // A paused stdin still keeps the process alive when it is a pipe; one that is a file has no `unref`.
    else if ('unref' in input) process.stdin.unref()
  }

  return {
    start(to) {
      receiver = to
      // The error listeners stay for good: a late EPIPE must not end the process.
      output.on('error', onError)
      // A handler may end the process, by an error too, and what was sent before it is not to be lost with it.
      if (guard !== undefined) process.on('exit', writer.handOver)
      input.on('error', onError).on('data', onData).on('end', onEnd).on('close', onEnd)
    },
    send: writer.send,
    close: () => (closing ??= shutDown()),
  }
}

function oversize(maxBytes: number): { kind: 'oversize'; message: string } {
  return { kind: 'oversize', message: `a line is longer than ${maxBytes} bytes` }
}
