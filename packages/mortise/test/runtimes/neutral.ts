import { connectInProcess } from 'mortise/testing'
import type { InProcessTransport } from 'mortise/testing'
import type { Scenario } from './scenario.ts'
import { scenariosAlone, scenariosOver } from './scenarios/index.ts'
import { createWorkshop } from './workshop.ts'
import type { Open, Workshop } from './workshop.ts'

/** Client and server in one process, without sockets: what neutral code does on a runtime. */
export const neutral: readonly Scenario[] = [
  ...scenariosAlone,
  ...named('in memory', scenariosOver(inProcess('memory'))),
  ...named('by fetch', scenariosOver(inProcess('fetch'))),
]

function named(way: string, scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.map(({ name, run }) => ({ name: `${way}, ${name}`, run }))
}

function inProcess(transport: InProcessTransport): (version: string) => Open {
  return (version) => {
    const server = createWorkshop()
    return (options) => connectInProcess<Workshop>(server, { ...options, transport, version })
  }
}
