import { McpError, RpcError } from 'mortise'
import { InterruptedError, UsageError } from './command-error.ts'
import { errorDocument, exitCodeOf, exitCodes, messageOf } from './exit.ts'
import { commandHelp } from './help.ts'
import { jsonDocument } from './json.ts'
import { isSchema } from './schema-types.ts'
import { didYouMean } from './suggest.ts'
import { write } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import type { CommandContext, Verb } from './verb.ts'
import { loadVerb, loadVerbs, verbNames } from './verbs.ts'
import { visibleText } from './visible.ts'

/** The version that `--version` prints: the package's. */
const version = '0.1.0'

/** Runs one command line, tells what went wrong, and resolves with the exit code. Never rejects for a failed command. */
export async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await dispatch(argv, context)
  } catch (error) {
    const { signal, terminal } = context
    // Whatever else went wrong after Ctrl-C is its consequence.
    const cause: unknown = signal.aborted ? signal.reason : error
    if (isClosedPipe(cause)) return exitCodes.ok
    await tell(cause, argv, terminal)
    return exitCodeOf(cause)
  }
}

async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = argv
  const { out, err } = context.terminal
  if (name === undefined) {
    await write(err, commandHelp(await loadVerbs(), err))
    return exitCodes.usage
  }
  if (name === '--version' || name === '-V') {
    await write(out, `${version}\n`)
    return exitCodes.ok
  }
  if (name === '--help' || name === '-h' || name === 'help') return await help(rest, context)
  const verb = await findVerb(name)
  return await verb.run(rest, context)
}

async function help([name]: readonly string[], context: CommandContext): Promise<number> {
  if (name !== undefined) return await (await findVerb(name)).run(['--help'], context)
  const { out } = context.terminal
  await write(out, commandHelp(await loadVerbs(), out))
  return exitCodes.ok
}

/** @throws UsageError when there is none of that name. */
async function findVerb(name: string): Promise<Verb> {
  const verb = await loadVerb(name)
  if (verb !== undefined) return verb
  const hint = didYouMean(name, verbNames) || ` There are: ${verbNames.join(', ')}`
  throw new UsageError(`there is no verb "${name}".${hint}`)
}

/** On stderr for people; on stdout too where a document was asked for, so that a program always gets one. */
async function tell(
  error: unknown,
  argv: readonly string[],
  { out, err }: Terminal,
): Promise<void> {
  const end = argv.indexOf('--')
  const json = (end < 0 ? argv : argv.slice(0, end)).includes('--json')
  if (json) await write(out, jsonDocument(errorDocument(error)))
  if (error instanceof InterruptedError) {
    await write(err, 'interrupted\n')
    return
  }
  await write(err, `${err.paint.red('mortise:')} ${visibleText(sentence(error, argv))}\n`)
}

function sentence(error: unknown, [verb = '']: readonly string[]): string {
  const question = error instanceof RpcError ? unaskable(error, verb) : undefined
  if (question !== undefined) return question
  if (error instanceof RpcError) return `the server answered: ${error.message} (${error.rpcCode})`
  if (error instanceof McpError) return error.message
  const stack = error instanceof Error ? error.stack : undefined
  return `a defect of this command: ${stack ?? messageOf(error)}`
}

const asking: Readonly<Record<string, string>> = {
  call: 'this tool asks',
  read: 'this resource asks',
  prompt: 'this prompt asks',
}

/** The server needs somebody to ask, and was told that there is nobody (basic, "Error Codes"). */
function unaskable({ data }: RpcError, verb: string): string | undefined {
  const { requiredCapabilities } = isSchema(data) ? data : {}
  const { elicitation } = isSchema(requiredCapabilities) ? requiredCapabilities : {}
  if (!isSchema(elicitation)) return undefined
  const subject = asking[verb] ?? 'the server asks'
  return 'url' in elicitation
    ? `${subject} the user to visit a page: run it in a terminal`
    : `${subject} the user: run it in a terminal, or give --answer key=value`
}

/** Whoever read our output has seen enough: `mortise list … | head`. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
