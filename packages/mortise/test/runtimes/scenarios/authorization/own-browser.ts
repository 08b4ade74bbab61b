import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLoopbackSignIn, signIn } from 'mortise/auth/client'
import { connect } from 'mortise/client'
import { createFileStore } from 'mortise/node'
import { equal, refusal } from '../../scenario.ts'
import type { Scenario } from '../../scenario.ts'
import { newest } from '../index.ts'
import { steps, using } from './getting-in.ts'
import { startShop } from './shop.ts'
import { openOnSockets } from './sockets.ts'

/**
 * A user whose browser comes back to this machine. `browser` is the command of one that goes where it is sent, and ends.
 */
export function signInsByBrowser(browser: readonly string[]): readonly Scenario[] {
  return newest
    .map((version) => ({
      name: `${version}: a user is signed in by a browser of their own, once for all who share a store`,
      run: () => signInByBrowser(browser, version),
    }))
    .concat({
      name: 'an answer on loopback that does not fit is sent away, and the one that fits is taken',
      run: answersOnLoopback,
    })
}

async function signInByBrowser(browser: readonly string[], version: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'mortise-runtimes-'))
  const place = openOnSockets()
  process.env['BROWSER'] = browser.map((word) => `"${word}"`).join(' ')
  try {
    const shop = await startShop(place)
    const said: unknown[] = []
    for (let again = 0; again < 2; again += 1) {
      const auth = signIn({ store: createFileStore(join(folder, 'store')), allowLoopback: true })
      const connecting = connect(shop.url, { auth, versions: [version] })
      said.push(...(await using(connecting, (client) => steps(() => client.call('look')))))
    }
    equal(said, ['seen', 'seen'], 'calls')
    return place.nameless({ said, asked: shop.issuer.asked, callers: shop.callers })
  } finally {
    delete process.env['BROWSER']
    await place.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function answersOnLoopback(): Promise<unknown> {
  const statuses: number[] = []
  let opened = ''
  const agent = createLoopbackSignIn({
    async open(url) {
      opened = url
      return true
    },
  })
  const visit = await agent.prepare([])
  const answer = visit.go(new URL('https://id.example/authorize?state=the-state'))
  for (const query of ['', '?code=a', '?code=a&state=other', '?code=a&code=b&state=the-state']) {
    statuses.push((await fetch(`${visit.redirectUri}${query}`)).status)
  }
  statuses.push((await fetch(visit.redirectUri, { method: 'POST', body: 'code=a' })).status)
  const page = fetch(`${visit.redirectUri}?code=good&state=the-state`)
  const came = await answer
  await visit.end('signed-in')
  const shown = await page
  statuses.push(shown.status)
  const text = await shown.text()
  const gone = await refusal(fetch(visit.redirectUri))
  return {
    statuses,
    opened,
    query: came.search,
    secret: text.includes('good'),
    gone: gone !== null,
  }
}
