import { clientCredentials, createManualUserAgent } from 'mortise/auth/client'
import type { ClientAuth } from 'mortise/auth/client'
import { connect } from 'mortise/client'
import { equal } from '../../scenario.ts'
import type { Scenario } from '../../scenario.ts'
import { newest } from '../index.ts'
import { createUser, steps, using } from './getting-in.ts'
import { deskSecret } from './shop.ts'

/** Gets in to shops of another process by the platform's own `fetch`. */
export function remoteAt(urls: string): readonly Scenario[] {
  const kinds = ['bearer tokens', 'bound tokens and nonces']
  return newest.flatMap((version) =>
    urls.split(',').flatMap((url, index) => [
      {
        name: `${version}: a user signs in elsewhere, and again for more scopes, with ${kinds[index]}`,
        run: () => userAt(url, version),
      },
      {
        name: `${version}: a machine gets in elsewhere, with ${kinds[index]}`,
        run: () => machineAt(url, version),
      },
    ]),
  )
}

async function userAt(url: string, version: string): Promise<unknown> {
  const userAgent = createManualUserAgent({
    redirectUri: 'https://app.example/callback',
    // A page is not told of redirects: this issuer says it in words.
    async open(page) {
      const answer = await fetch(page, { headers: { accept: 'application/json' } })
      return ((await answer.json()) as { readonly location: string }).location
    },
  })
  const { auth, events } = createUser({ fetch }, { userAgent })
  const said = await callsAt(url, { auth, version, tools: ['look', 'sell', 'look'] })
  return { said, events: events.map(({ type }) => type) }
}

async function machineAt(url: string, version: string): Promise<unknown> {
  const auth = clientCredentials({
    clientId: 'desk',
    clientSecret: deskSecret,
    allowLoopback: true,
  })
  return await callsAt(url, { auth, version, tools: ['look'] })
}

async function callsAt(
  url: string,
  { auth, version, tools }: { auth: ClientAuth; version: string; tools: readonly string[] },
): Promise<unknown> {
  const said = await using(connect(url, { auth, versions: [version] }), (client) =>
    steps(...tools.map((tool) => () => client.call(tool))),
  )
  equal(
    said,
    tools.map((tool) => (tool === 'sell' ? 'sold' : 'seen')),
    'calls',
  )
  return said
}
