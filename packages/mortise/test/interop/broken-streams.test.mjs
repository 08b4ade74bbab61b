// The network cuts every connection while a call runs: what can be resumed is, whoever made the other side.
import { connect } from 'mortise/client'
import { afterEach, expect, test } from 'vitest'
import { createCutter } from './fixtures/cutter.mjs'
import { testRows } from './fixtures/describe-rows.mjs'
import { foreignClients } from './fixtures/foreign-clients.mjs'
import { foreignResumableServers } from './fixtures/foreign-servers.mjs'
import { createHeard } from './fixtures/heard.mjs'
import { officialClients, sessions } from './fixtures/official-clients.mjs'
import { resumableServers } from './fixtures/official-servers.mjs'
import { ownTransports } from './fixtures/own-targets.mjs'

const ending = []

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

async function opened(open) {
  const server = await open()
  ending.push(() => server.close())
  const url = server.target.url ?? server.target
  const cutter = await createCutter(url)
  ending.push(() => cutter.close())
  return { server, url, cutter }
}

async function connected(target, options) {
  const client = await connect(target, options)
  ending.push(() => client.close())
  return client
}

const inSessions = [...officialClients, ...foreignClients].filter(
  ({ expected }) => expected === sessions,
)

testRows(inSessions)('$client goes on with a call of our server, nothing lost', async (row) => {
  const { url, cutter } = await opened(ownTransports.HTTP)
  // Around the cut, since a request that meets it is lost.
  const bystander = await connected(url)
  const peer = await row.connect({ url: cutter.url }, createHeard())
  ending.push(() => peer.client.close())
  const steps = []
  const onprogress = ({ progress, total }) => {
    steps.push(progress)
    if (progress < total) return
    cutter.cut()
    void bystander.call('proceed')
  }
  const { content } = await peer.call({ name: 'count', arguments: { to: 3 } }, { onprogress })
  expect(content[0].text).toBe('counted to 3')
  expect(steps).toEqual([1, 2, 3])
})

// HTTP25-29 (basic/transports, "Resumability and Redelivery")
test.each(resumableServers)(
  'our client goes on with a call of $server, nothing lost',
  async (row) => {
    const { server, cutter } = await opened(row.open)
    const client = await connected(cutter.url)
    const steps = []
    const onProgress = ({ progress, total }) => {
      steps.push(progress)
      if (progress < total) return
      cutter.cut()
      server.state.proceed()
    }
    expect(await client.call('count', { to: 3 }, { onProgress })).toBe('counted to 3')
    expect(steps).toEqual([1, 2, 3])
  },
)

test.each(resumableServers)(
  'our client hears $server again after its stream broke',
  async (row) => {
    const { server, cutter } = await opened(row.open)
    const heard = createHeard()
    const client = await connected(cutter.url, { onListChanged: () => heard.toolsChanged() })
    await client.call('grow')
    await heard.until(({ listChanges }) => listChanges === 1)
    cutter.cut()
    await server.resumed
    await client.call('shrink')
    await heard.until(({ listChanges }) => listChanges === 2)
  },
)

testRows([{ server: 'our own server', open: ownTransports.HTTP }, ...foreignResumableServers])(
  'our client goes on with a call of $server after a cut, nothing lost',
  async (row) => {
    const { url, cutter } = await opened(row.open)
    const bystander = await connected(url)
    const client = await connected(cutter.url, { era: 'session' })
    const steps = []
    const onProgress = ({ progress, total }) => {
      steps.push(progress)
      if (progress < total) return
      cutter.cut()
      void bystander.call('proceed')
    }
    expect(await client.call('count', { to: 3 }, { onProgress })).toBe('counted to 3')
    expect(steps).toEqual([1, 2, 3])
  },
)

// HTTP25-17 (basic/transports, "Sending Messages to the Server")
test.each(resumableServers)(
  'our client asks $server again as often as it closes the stream of a call',
  async (row) => {
    const { server, url } = await opened(row.open)
    const client = await connected(url)
    const steps = []
    const onProgress = ({ progress }) => {
      steps.push(progress)
      server.state.proceed()
    }
    expect(await client.call('step-aside', { times: 12 }, { onProgress })).toBe('back')
    expect(steps).toEqual(Array.from({ length: 12 }, (_none, index) => index + 1))
  },
)
