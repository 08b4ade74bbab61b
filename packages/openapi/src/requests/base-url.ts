import { OpenApiError } from '../errors.ts'
import { entriesOf, isRecord, itemsOf, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'

/** What decides where an API is. */
export interface BaseUrlOptions {
  /** Of the document, when it was fetched: servers may be relative to it. */
  readonly documentUrl: URL | undefined
  /** Values of server variables, by name. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * The URL that the first of `servers` stands for, its variables filled in.
 * @throws OpenApiError `ERR_OPENAPI_SERVER` when it is no URL that can be called.
 */
export function serverUrl(servers: unknown, { documentUrl, variables }: BaseUrlOptions): URL {
  const first = itemsOf(servers).find(isRecord)
  // "If the servers property is not provided, or is an empty array, the default value would be a Server Object with a url
  // value of /" (OpenAPI 3.1, "OpenAPI Object").
  const template = textOf(first?.['url']) ?? '/'
  const text = fillIn(template, { server: first ?? {}, variables })
  return checkBaseUrl(text, documentUrl)
}

/** Reads a URL that operations can be below. @throws OpenApiError `ERR_OPENAPI_SERVER` when it is none. */
export function checkBaseUrl(text: string | URL, relativeTo?: URL): URL {
  const url = URL.canParse(text, relativeTo) ? new URL(text, relativeTo) : undefined
  if (url === undefined) throw unusable(`"${String(text)}" is no absolute URL: give baseUrl`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw unusable(`"${url.protocol}" is neither https: nor http:`)
  }
  if (url.username !== '' || url.password !== '') throw unusable('a URL must not hold a password')
  url.search = ''
  url.hash = ''
  return url
}

function fillIn(
  template: string,
  { server, variables }: { server: JsonObject; variables: Readonly<Record<string, string>> },
): string {
  const known = new Map(entriesOf(server['variables']))
  return template.replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) => {
    const declared = known.get(name)
    const said = isRecord(declared) ? declared : {}
    const value = Object.hasOwn(variables, name) ? variables[name] : textOf(said['default'])
    if (value === undefined) throw unusable(`its server needs a value for the variable "${name}"`)
    const values = itemsOf(said['enum'])
    if (values.length > 0 && !values.includes(value)) {
      throw unusable(`variable "${name}" must be one of ${values.map(String).join(', ')}`)
    }
    return value
  })
}

function unusable(why: string): OpenApiError {
  return new OpenApiError('ERR_OPENAPI_SERVER', `the API cannot be called: ${why}`)
}
