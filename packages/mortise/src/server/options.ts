import { checkNames } from '../std/option-names.ts'
import type { Names } from '../std/option-names.ts'
import type { ServerOptions } from './definition.ts'
import type { Protection } from '../http/authorize.ts'
import type { HttpOptions } from './http-handler.ts'
import { checkListCache } from './list-cache.ts'

const names: Names<ServerOptions> = {
  name: true,
  version: true,
  title: true,
  description: true,
  websiteUrl: true,
  icons: true,
  instructions: true,
  experimental: true,
  auth: true,
  http: true,
  limits: true,
  secrets: true,
  store: true,
  compiler: true,
  onError: true,
  onRootsChanged: true,
  runtime: true,
  eras: true,
  cache: true,
}

const httpNames: Names<HttpOptions> = {
  hosts: true,
  origins: true,
  peer: true,
  authorize: true,
  sse: true,
}

const eraNames: Names<NonNullable<ServerOptions['eras']>> = { stateless: true, session: true }

const protectionNames: readonly (keyof Protection)[] = ['authorize', 'challenge', 'route']

/** @throws TypeError when an option of `createServer` has a name that none has, or `auth` is no protection, or not the only one. */
export function checkServerOptions(options: ServerOptions): void {
  checkNames('createServer has no option ', options, names)
  checkNames('createServer has no option http.', options.http ?? {}, httpNames)
  checkNames('createServer has no option eras.', options.eras ?? {}, eraNames)
  checkListCache(options.cache ?? {})
  checkProtection(options)
}

function checkProtection({ auth, http }: ServerOptions): void {
  if (auth === undefined) return
  if (http?.authorize !== undefined) {
    throw new TypeError('createServer: auth and http.authorize both decide who may call: give one')
  }
  const given = auth as unknown as Readonly<Record<string, unknown>> | null // of whoever has no types
  if (protectionNames.every((name) => typeof given?.[name] === 'function')) return
  throw new TypeError('createServer: auth must be what `protect` of mortise/auth/server makes')
}
