// The module for workerd: it serves the workshop at /mcp, and runs scenarios for whoever asks at /run.
import { connect } from 'mortise/client'
import { neutral } from './neutral.ts'
import { runScenarios } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { authorizationAt, frontsAt } from './scenarios/authorization/index.ts'
import { openInProcess } from './scenarios/authorization/place.ts'
import { remoteAt } from './scenarios/authorization/remote.ts'
import { scenariosOver } from './scenarios/index.ts'
import { createWorkshop } from './workshop.ts'
import type { Workshop } from './workshop.ts'

const server = createWorkshop({ limits: { pageSize: 4, keepAliveMs: 100 } })

const parts: Readonly<Record<string, (url: string) => readonly Scenario[]>> = {
  neutral: () => neutral,
  remote: remoteAt,
  authorization: () => authorizationAt(openInProcess),
  fronts: () => frontsAt(openInProcess),
  client: (url) =>
    scenariosOver(
      (version) => (options) => connect<Workshop>(url, { ...options, versions: [version] }),
    ),
}

// oxlint-disable-next-line import/no-default-export -- what workerd looks for
export default { fetch: answer }

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname !== '/run') return await server.fetch(request)
  const scenarios = parts[searchParams.get('part') ?? '']?.(searchParams.get('url') ?? '') ?? []
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const encoder = new TextEncoder()
  void runScenarios(scenarios, (line) =>
    writer.write(encoder.encode(`${JSON.stringify(line)}\n`)),
  ).then(() => writer.close())
  return new Response(readable)
}
