import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWK, JWTHeaderParameters, JWTPayload } from 'jose'
import { onTestFinished } from 'vitest'

/** The URL of the server that tokens are for. */
export const shop = 'https://shop.example/mcp'

/** A key of an issuer. */
export interface IssuerKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

/** An issuer of tokens that listens on loopback, with metadata and keys. */
export interface TokenIssuer {
  readonly url: string
  /** What it publishes; changed by tests. */
  keys: JWK[]
  /** The first key that it made. */
  readonly key: IssuerKey
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** What it answers instead of everything, while it is set. */
  status: number | undefined
  /** Answers introspection. */
  introspect: (form: URLSearchParams, authorization: string | undefined) => unknown
  /** Keeps every answer back until the result is called. */
  hold(): () => void
  /** A good token for the shop, with changes. Claims that are undefined are left out. */
  token(changes?: TokenChanges): Promise<string>
}

/** What is different in a token. */
export interface TokenChanges {
  readonly claims?: JWTPayload
  readonly header?: Partial<JWTHeaderParameters>
  readonly key?: IssuerKey
}

/** Makes a key pair. */
export async function makeKey(alg = 'ES256', kid: string = `${alg}-1`): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg } }
}

/** Starts an issuer that ends with the test. `nowMs` is its clock. */
export async function startIssuer({
  nowMs = Date.now,
}: { readonly nowMs?: () => number } = {}): Promise<TokenIssuer> {
  const key = await makeKey()
  const asked: string[] = []
  let held = Promise.resolve()
  const http = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      void held.then(() => {
        const answer = answerTo(path, new URLSearchParams(body), request.headers.authorization)
        response.writeHead(issuer.status ?? (answer === undefined ? 404 : 200), {
          'content-type': 'application/json',
          connection: 'close',
        })
        response.end(JSON.stringify(answer ?? {}))
      })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  function answerTo(path: string, form: URLSearchParams, authorization?: string): unknown {
    if (path === '/.well-known/oauth-authorization-server') {
      return { issuer: url, jwks_uri: `${url}/keys`, introspection_endpoint: `${url}/introspect` }
    }
    if (path === '/keys') return { keys: issuer.keys }
    if (path === '/introspect') return issuer.introspect(form, authorization)
    return undefined
  }

  const issuer: TokenIssuer = {
    url,
    keys: [key.publicJwk],
    key,
    asked,
    status: undefined,
    introspect: () => ({ active: false }),
    hold() {
      let release = (): void => {}
      held = new Promise((resolve) => (release = resolve))
      return () => release()
    },
    async token({ claims, header, key: signer = key } = {}) {
      const nowSec = Math.floor(nowMs() / 1_000)
      const all = {
        iss: url,
        sub: 'ada',
        aud: shop,
        client_id: 'desk',
        iat: nowSec,
        exp: nowSec + 300,
        ...claims,
      }
      return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined)))
        .setProtectedHeader({ alg: signer.alg, kid: signer.kid, typ: 'at+jwt', ...header })
        .sign(signer.privateKey, { crit: { exp2: true } })
    },
  }
  return issuer
}
