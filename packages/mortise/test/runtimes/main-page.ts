// The module for pages: it runs scenarios and posts what each came to, to the server that the page came from.
import { connect } from 'mortise/client'
import { neutral } from './neutral.ts'
import { runScenarios } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { authorizationAt } from './scenarios/authorization/index.ts'
import { openInProcess } from './scenarios/authorization/place.ts'
import { remoteAt } from './scenarios/authorization/remote.ts'
import { scenariosOver } from './scenarios/index.ts'
import type { Workshop } from './workshop.ts'

const parts: Readonly<Record<string, (url: string) => readonly Scenario[]>> = {
  neutral: () => neutral,
  remote: remoteAt,
  authorization: () => authorizationAt(openInProcess),
  client: (url) =>
    scenariosOver(
      (version) => (options) => connect<Workshop>(url, { ...options, versions: [version] }),
    ),
}

const { searchParams } = new URL(location.href)
const scenarios = parts[searchParams.get('part') ?? '']?.(searchParams.get('url') ?? '') ?? []
const lines: string[] = []
await runScenarios(scenarios, (line) => void lines.push(JSON.stringify(line)))
await fetch('/lines', { method: 'POST', body: lines.join('\n') })
