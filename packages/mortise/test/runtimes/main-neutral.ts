// The program for runtimes with processes that finds the library as a Worker does: by nothing but what all of them have.
import { runScenarios } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { authorizationAt, frontsAt } from './scenarios/authorization/index.ts'
import { openInProcess } from './scenarios/authorization/place.ts'
import { remoteAt } from './scenarios/authorization/remote.ts'

const parts: Readonly<Record<string, (urls: string) => readonly Scenario[]>> = {
  authorization: () => authorizationAt(openInProcess),
  fronts: () => frontsAt(openInProcess),
  remote: remoteAt,
}
const [, , part = '', urls = ''] = process.argv
const scenarios = parts[part]?.(urls) ?? []
await runScenarios(scenarios, (line) => void process.stdout.write(`${JSON.stringify(line)}\n`))
