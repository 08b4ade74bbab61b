import { fileURLToPath } from 'node:url'
import { InterruptedError } from './command-error.ts'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

const interruption = new AbortController()

/** The first asks everything to end, the second does not wait. */
function interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
  const error = new InterruptedError(signal)
  if (interruption.signal.aborted) process.exit(error.exitCode)
  interruption.abort(error)
}

const argv = process.argv.slice(2)
// A server ends by itself on signals, after the calls that run.
if (argv[0] !== 'serve') {
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
}
// A reader that has gone is told to whoever writes.
process.stdout.on('error', () => {})

const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)]
const code = await run(argv, {
  terminal: processTerminal(),
  signal: interruption.signal,
  interrupt: () => interrupt('SIGINT'),
  self,
})
// Not by waiting for the loop to be empty: a server that does not want to end must not hold the command.
process.exit(code)
