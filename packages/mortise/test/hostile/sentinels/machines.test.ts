import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { clientCredentialsOn } from '../../../src/auth/client/client-credentials.ts'
import { enterpriseOn } from '../../../src/auth/client/enterprise.ts'
import { workloadIdentityOn } from '../../../src/auth/client/workload-identity.ts'
import type { ClientAuth } from '../../../src/http/client-auth.ts'
import { createMemoryStore } from '../../../src/state/memory.ts'
import { echo, json, startPlace } from './place.ts'
import type { Answer, Place } from './place.ts'
import { platforms, watchUser } from './user.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see, seeFailure } = witness
const { join } = watchUser(witness)

const common = () => ({
  allowLoopback: true,
  onEvent: (event: unknown) => see('onEvent', event),
  account: 'ada',
  store: createMemoryStore(),
})

/** A private key in two forms, whose secret part no output may hold. */
async function makePrivateKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const [pem, jwk] = [await exportPKCS8(privateKey), await exportJWK(privateKey)]
  const [, line = ''] = pem.split('\n')
  witness.secret('private key', line)
  witness.secret('private key', jwk.d)
  return { pem, jwk: { ...jwk, alg: 'ES256' } }
}

type Make = (place: Place) => ClientAuth | Promise<ClientAuth>

const machines: Readonly<Record<string, Make>> = {
  'a machine with a secret': () =>
    clientCredentialsOn(platforms.node, {
      ...common(),
      clientId: 'job',
      clientSecret: bring('client secret'),
    }),
  'a machine whose secret goes in the body': ({ instead, origin }) => {
    instead.set('/.well-known/oauth-authorization-server', (response) =>
      json(response, {
        issuer: origin,
        token_endpoint: `${origin}/token?k=${bring('query of the token endpoint')}`,
        response_types_supported: ['code'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      }),
    )
    return clientCredentialsOn(platforms.node, {
      ...common(),
      clientId: 'job',
      clientSecret: bring('other client secret'),
    })
  },
  'a machine with a key in PEM': async () => {
    const { pem } = await makePrivateKey()
    return clientCredentialsOn(platforms.node, { ...common(), clientId: 'job', privateKey: pem })
  },
  'a machine with a JWK': async () => {
    const { jwk } = await makePrivateKey()
    return clientCredentialsOn(platforms.node, { ...common(), clientId: 'job', privateKey: jwk })
  },
  'a machine with a bound token': () =>
    clientCredentialsOn(platforms.fetch, {
      ...common(),
      clientId: 'job',
      clientSecret: bring('client secret'),
      dpop: true,
    }),
  'a user of an organisation': ({ origin }) =>
    enterpriseOn(platforms.node, {
      ...common(),
      clientId: 'job',
      clientSecret: bring('client secret'),
      idp: {
        clientId: 'desk',
        clientSecret: bring('other client secret'),
        tokenEndpoint: `${origin}/idp/token?k=${bring('query of the token endpoint')}`,
        idToken: bring('id token'),
      },
    }),
  'a workload': () =>
    workloadIdentityOn(platforms.node, { ...common(), assertion: bring('workload assertion') }),
}

/** Gives ID-JAGs. */
const exchange: Answer = (response) =>
  json(response, {
    access_token: bring('ID-JAG'),
    issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    token_type: 'N_A',
  })

async function start(make: Make): Promise<{ place: Place; auth: ClientAuth }> {
  const place = await startPlace(witness)
  place.instead.set('/idp/token', exchange)
  return { place, auth: await make(place) }
}

// EMA-15: Extensions, "Enterprise-Managed Authorization", "Stolen Assertions and Replay": nor are tokens in a URL
test.each(Object.entries(machines))(
  'EMA-15: %s that gets in shows no secret',
  async (_name, make) => {
    const { place, auth } = await start(make)
    const client = await join(place, { auth })
    expect(await client.call('read')).toBe('read')
    place.ended.add(bring('access token'))
    expect(await client.call('read')).toBe('read')
    see('the machine', auth)
    await client.close()
    expect(witness.leaks()).toEqual([])
    const wire = place.wire.join('\n')
    expect(wire).toContain(bring('renewed access token'))
    for (const line of place.wire) {
      expect(line.slice(0, line.indexOf(' '))).not.toMatch(
        /ID-JAG|idtoken|accesstoken|assertion|clientsecret/,
      )
    }
  },
)

const html: Answer = (response, came) => {
  response.writeHead(502, { 'content-type': 'text/html' })
  response.end(`<pre>${bring('body of an error page')} ${echo(came)}</pre>`)
}
const no: Answer = (response, came) =>
  json(response, { error: 'invalid_grant', error_description: `no: ${echo(came)}` }, 400)
const noClient: Answer = (response, came) =>
  json(response, { error: 'invalid_client', error_description: `no: ${echo(came)}` }, 401)
const broken: Answer = (response, came) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`{"access_token":"${bring('ID-JAG')}" ${echo(came)}`)
}
const other: Answer = (response, came) =>
  json(response, { access_token: bring('ID-JAG'), token_type: 'Bearer', scope: echo(came) })
const cut: Answer = (response) => void response.socket?.destroy()

const failures = Object.entries(machines).flatMap(([machine, make]) =>
  Object.entries({ html, no, noClient, broken, cut }).flatMap(([kind, answer]) =>
    (machine === 'a user of an organisation' ? ['/idp/token', '/token'] : ['/token']).map(
      (path) => ({ machine, kind, path, make, answer }),
    ),
  ),
)
const swapped = { machine: 'a user of an organisation', kind: 'other', path: '/idp/token' }
failures.push({ ...swapped, make: machines[swapped.machine]!, answer: other })

test.each(failures)(
  '$machine that is not let in shows no secret ($kind at $path)',
  async ({ path, make, answer }) => {
    const { place, auth } = await start(make)
    place.instead.set(path, answer)
    await seeFailure('connect', join(place, { auth }))
    see('the machine', auth)
    expect(place.wire.join()).toContain(path)
    expect(witness.leaks()).toEqual([])
  },
)

test('keys that cannot be read show no secret', async () => {
  const { pem, jwk } = await makePrivateKey()
  const place = await startPlace(witness)
  const keys = [
    pem.replace('PRIVATE', 'SECRET'),
    pem.slice(0, 120),
    { ...jwk, kty: 'oct' },
    { ...jwk, x: 'AAAA' },
    { ...jwk, crv: 'P-999' },
  ]
  for (const privateKey of keys) {
    const make = async (): Promise<unknown> =>
      await join(place, {
        auth: clientCredentialsOn(platforms.node, { ...common(), clientId: 'job', privateKey }),
      })
    await seeFailure('connect', make())
  }
  expect(witness.leaks()).toEqual([])
})

test('functions of the application that fail show what they say, and no secret of ours', async () => {
  const place = await startPlace(witness)
  place.instead.set('/idp/token', exchange)
  const auth = enterpriseOn(platforms.node, {
    ...common(),
    clientId: 'job',
    clientSecret: bring('client secret'),
    idp: {
      clientId: 'desk',
      clientSecret: bring('other client secret'),
      tokenEndpoint: `${place.origin}/idp/token`,
      idToken: () => Promise.reject(new Error('the user is gone')),
    },
  })
  expect(await seeFailure('connect', join(place, { auth }))).toMatchObject({
    message: 'the user is gone',
  })
  expect(witness.leaks()).toEqual([])
})
