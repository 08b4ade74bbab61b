import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { answerFault, initialize, initialized, messageOf } from '../calls.mjs'
import { kept, nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const others = ['official SDK 1.x', 'official SDK 2.x', 'tmcp', 'fastmcp', 'Go SDK', 'Python SDK']
const told = { transport: 'stdio' }

/** From the start of a process to its first answer. */
export const coldStart = () => ({
  title: 'A cold start',
  about:
    'Milliseconds from starting a process to the answer to its first `tools/call` over stdio, after `initialize`, all sent at once. The ceiling is Node with lines of JSON and nothing else. `plain` is the smallest server, with a JSON Schema; the other rows import zod, as the servers of all other workloads do.',
  figure: { of: 'ms', as: 'multiple' },
  targets: [
    { name: 'lines of JSON', ...nodeProgram('servers/bare-stdio.mjs') },
    { name: 'Mortise, plain', ...nodeProgram('servers/small-stdio.mjs') },
    { name: 'with zod: Mortise', ...nodeProgram('servers/mortise.mjs', told) },
    ...peers(others, told),
  ].map(({ name, command, args }) => ({
    name,
    open: () => ({ window: () => startOnce(command, args), stop: () => {} }),
  })),
})

async function startOnce(command, args) {
  const [program, all] = kept(command, args)
  const began = performance.now()
  const child = spawn(program, all, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const { message } = messageOf('echo', { kind: 'session', id: 2 })
    const lines = [initialize(1), initialized, message].map((line) => `${JSON.stringify(line)}\n`)
    child.stdin.write(lines.join(''))
    const answer = await answerTo(child, 2)
    const ms = performance.now() - began
    const fault = answerFault('echo', [answer], (id) => id === 2)
    if (fault !== undefined) throw new Error(`${all.join(' ')}: ${fault}`)
    return { ms }
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

async function answerTo(child, id) {
  let rest = ''
  child.stdout.setEncoding('utf8')
  for await (const text of child.stdout) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    const answer = lines.map((line) => JSON.parse(line)).find((message) => message.id === id)
    if (answer !== undefined) return answer
  }
  throw new Error('it ended before it answered')
}
