import { onTestFinished } from 'vitest'
import type { Client, ConnectOptions } from '../../src/client/types.ts'
import { connect } from '../../src/node/client.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import type { AuthorizationServerOptions, TestAuthorizationServer } from './authorization-server.ts'
import { startSignedServer } from './signed-server.ts'
import type { SignedServer } from './signed-server.ts'

/** Starts an authorization server that ends with the test. */
export async function startIssuer(
  options?: AuthorizationServerOptions,
): Promise<TestAuthorizationServer> {
  const issuer = await startAuthorizationServer(options)
  onTestFinished(() => issuer.close())
  return issuer
}

/** Starts an authorization server, and a server that it gives tokens for. */
export async function startWorld(
  options?: AuthorizationServerOptions,
): Promise<{ issuer: TestAuthorizationServer; server: SignedServer }> {
  const issuer = await startIssuer(options)
  return { issuer, server: await startSignedServer(issuer) }
}

/** Connects to a server until the end of the test. */
export async function join({ url }: SignedServer, options: ConnectOptions): Promise<Client> {
  const client = await connect(url, options)
  onTestFinished(() => client.close())
  return client
}

/** The requests to the token endpoint of one grant type. */
export function tokenRequests(issuer: TestAuthorizationServer, type: string): URLSearchParams[] {
  return issuer.tokenRequests.filter((params) => params.get('grant_type') === type)
}

/** A promise, and what resolves it. */
export function latch<T = void>(): { readonly promise: Promise<T>; open(value: T): void } {
  let open = (_value: T): void => {}
  const promise = new Promise<T>((resolve) => (open = resolve))
  return { promise, open }
}
