import type { Runtime } from 'mortise'
import type { OpenApiOperation } from './document/operation.ts'
import type { OpenApiLimits } from './limits.ts'
import type { OpenApiCredentials } from './security/authorize.ts'

/** How a document becomes tools, and how their API is called. */
export interface OpenApiOptions {
  /**
   * Where the API is, in place of the servers that the document names: give it for a document that somebody else writes, so
   * that no change of it sends credentials elsewhere.
   */
  readonly baseUrl?: string | URL
  /**
   * Further origins that a server in the document may have: `https://upload.example.com`. Default: that of `baseUrl`; without
   * one that of the document's first server, which must be where the document was fetched from.
   */
  readonly origins?: readonly string[]
  /** Values of server variables, in place of their defaults. */
  readonly variables?: Readonly<Record<string, string>>
  /** The operations to offer. Default: all. */
  readonly include?: (operation: OpenApiOperation) => boolean
  /** The name of an operation's tool; made valid and unique. Undefined: as without it. */
  readonly name?: (operation: OpenApiOperation) => string | undefined
  /** The credential of a security scheme for a caller. Default: none, so that only what needs none can be called. */
  readonly credentials?: OpenApiCredentials
  /** Headers of every request to the API, such as `User-Agent`; no argument changes them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers of answers that the model is told, in a text of their own: `['link', 'location']`. Default: none. */
  readonly answerHeaders?: readonly string[]
  /** Whether an answer tells which tools the links of its response lead to, with their arguments. Default: false. */
  readonly links?: boolean
  /** Whether tools promise the schemas of their answers. Default: true. False for an API that does not keep to its document. */
  readonly outputSchemas?: boolean
  /** Hears what of the document was left out, and why. Default: `console.warn`. */
  readonly onWarning?: (warning: OpenApiWarning) => void
  /** Hears every error that is masked on the wire. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  readonly limits?: Partial<OpenApiLimits>
  /** How the document is fetched, and the API called. Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Timers. Default: the real ones. */
  readonly runtime?: Pick<Runtime, 'after'>
}

/** Something of a document that is not offered. */
export interface OpenApiWarning {
  /** The operation: `GET /pets`; or the path, where it cannot be read at all. Undefined for the document as a whole. */
  readonly operation: string | undefined
  /** A sentence for the person who set the document up. */
  readonly message: string
}
