// The program for runtimes with processes, for what authorization does there: over sockets, with a browser, past proxies.
import { runScenarios } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { guardedAddresses } from './scenarios/authorization/addresses.ts'
import { authorizationAt, frontsAt } from './scenarios/authorization/index.ts'
import { signInsByBrowser } from './scenarios/authorization/own-browser.ts'
import { remoteAt } from './scenarios/authorization/remote.ts'
import { serveShops } from './scenarios/authorization/serve-shops.ts'
import { openOnSockets } from './scenarios/authorization/sockets.ts'

const [, , part = '', ...rest] = process.argv

const parts: Readonly<Record<string, () => readonly Scenario[]>> = {
  authorization: () => authorizationAt(openOnSockets),
  fronts: () => frontsAt(openOnSockets),
  remote: () => remoteAt(rest[0] ?? ''),
  addresses: () => guardedAddresses,
  'sign-in': () => signInsByBrowser([...rest, 'browse']),
}

// A browser: it goes to a page and wherever that sends it.
if (part === 'browse') await (await fetch(rest[0] ?? '')).text()
else if (part === 'serve') process.stdout.write(`listening ${await serveShops(rest[0])}\n`)
else {
  await runScenarios(
    parts[part]?.() ?? [],
    (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
  )
}
