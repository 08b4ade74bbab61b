import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'

const both = [
  { name: 'one process', ...nodeProgram('servers/mortise.mjs') },
  { name: 'two workers', ...nodeProgram('servers/mortise.mjs', { workers: 2 }) },
]

/** What it costs that several processes serve one port. */
export const workers = () => ({
  title: 'Two workers',
  about:
    'The calls of above over 64 connections, answered by one process and by two workers that share its core, their primary counted in. 1.00 says that sharing the port costs a call nothing. Of the sessions, half of the calls land in the worker that does not hold theirs, and are passed on; the load is on the other core, so what a second core brings cannot be shown here.',
  figure: { of: 'cpu', as: 'share' },
  targets: [...of('stateless', both), ...of('session', both)],
})

function of(kind, programs) {
  const rows = programs.map((program) => ({
    ...program,
    name: `${program.name}, ${kind}`,
    ceiling: `one process, ${kind}`,
  }))
  return httpTargets(rows, { question: 'echo', kind, connections: 64 })
}
