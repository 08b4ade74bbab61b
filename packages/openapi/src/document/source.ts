import type { Runtime } from 'mortise'
import { OpenApiError } from '../errors.ts'
import type { OpenApiLimits } from '../limits.ts'
import { isRecord } from '../record.ts'
import type { JsonObject } from '../record.ts'
import { send } from '../requests/send.ts'
import { measure } from './measure.ts'
import { parseText } from './text.ts'

/**
 * A document: its text in JSON or YAML, what either stands for, or the `http:` or `https:` URL where it is.
 */
export type OpenApiSource = string | URL | Readonly<Record<string, unknown>>

/** A document that was read, and found to be one. */
export interface Document {
  readonly root: JsonObject
  /** Where it was fetched from; undefined when it was given. */
  readonly url: URL | undefined
  /** Whether its schemas are older than JSON Schema 2020-12. */
  readonly old: boolean
}

/** How a document is read. */
export interface SourceOptions {
  readonly fetch: typeof globalThis.fetch
  readonly runtime: Pick<Runtime, 'after'>
  readonly limits: OpenApiLimits
}

/** Reads a document. @throws OpenApiError when it cannot be fetched, or is no OpenAPI document. */
export async function readDocument(
  source: OpenApiSource,
  options: SourceOptions,
): Promise<Document> {
  const { limits } = options
  const url = urlOf(source)
  const given = url === undefined ? source : await fetchText(url, options)
  if (typeof given === 'string' && given.length > limits.maxDocumentBytes) {
    throw noDocument(`is longer than ${limits.maxDocumentBytes} characters`)
  }
  const root = typeof given === 'string' ? parseText(given, limits.maxYamlLength) : given
  measure(root, { maxDepth: limits.maxDocumentDepth, maxValues: limits.maxDocumentValues })
  if (!isRecord(root)) throw noDocument('is no object')
  return { root, url, old: isOld(root) }
}

function urlOf(source: OpenApiSource): URL | undefined {
  if (source instanceof URL) return source
  const isUrl = typeof source === 'string' && /^https?:\/\/\S+$/.test(source)
  return isUrl ? new URL(source) : undefined
}

async function fetchText(url: URL, { fetch, runtime, limits }: SourceOptions): Promise<string> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OpenApiError(
      'ERR_OPENAPI_UNREACHABLE',
      `"${url.protocol}" is neither https: nor http:`,
    )
  }
  const { origin, pathname } = url
  const fail = (why: string, cause?: unknown): OpenApiError =>
    new OpenApiError('ERR_OPENAPI_UNREACHABLE', `${origin}${pathname}: ${why}`, { cause })
  const accept =
    'application/vnd.oai.openapi+json, application/json, application/yaml;q=0.9, */*;q=0.5'
  const answer = await send(
    { method: 'GET', url, headers: new Headers({ accept }), body: undefined },
    new AbortController().signal,
    {
      fetch,
      runtime,
      origins: new Set([origin]),
      timeoutMs: limits.documentTimeoutMs,
      maxBytes: limits.maxDocumentBytes,
      maxRedirects: limits.maxRedirects,
    },
  ).catch((error: unknown) => {
    throw fail(error instanceof Error ? error.message : String(error), error)
  })
  const { status, bytes } = answer
  if (status !== 200) throw fail(`HTTP ${status}`)
  return new TextDecoder().decode(bytes)
}

/** 3.2 adds to 3.1; what it adds is not read. */
function isOld({ swagger, openapi }: JsonObject): boolean {
  // YAML reads a version without quotes as a number: 2.0 is 2.
  const [swaggerVersion, version] = [String(swagger), String(openapi)]
  if (/^2(?:\.0)?$/.test(swaggerVersion)) return true
  if (/^3(?:\.[0-2](?:\.|$)|$)/.test(version)) return !/^3\.[12]/.test(version)
  throw noDocument('says neither openapi: 3.0 to 3.2 nor swagger: "2.0"')
}

function noDocument(why: string): OpenApiError {
  return new OpenApiError('ERR_OPENAPI_DOCUMENT', `the document ${why}`)
}
