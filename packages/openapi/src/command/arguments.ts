import { parseArgs } from 'node:util'
import { OpenApiError } from '../errors.ts'
import type { OpenApiOptions } from '../options.ts'

/** How the server is started from a command line. */
export const openApiUsage = `mortise serve openapi FILE|URL [options]

Offers the operations of an OpenAPI document (3.0 to 3.2, or Swagger 2.0, in JSON or YAML) as tools.

  --base-url URL           where the API is, instead of what the document says
  --tag TAG                only operations with this tag; may be repeated
  --operation ID           only the operation with this operationId; may be repeated
  --read-only              only operations that change nothing: GET and HEAD
  --credential NAME=VAR    the credential of security scheme NAME is in the environment variable VAR; for a name and a
                           password it is name:password; may be repeated
  --variable NAME=VALUE    the value of a server variable; may be repeated
  --no-output-schemas      promise nothing of answers, for an API that does not keep to its document`

/** What a command line asks for. */
export interface OpenApiCommand {
  /** A path or a URL. */
  readonly source: string
  readonly options: OpenApiOptions
}

const flags = {
  'base-url': { type: 'string' },
  tag: { type: 'string', multiple: true },
  operation: { type: 'string', multiple: true },
  'read-only': { type: 'boolean' },
  credential: { type: 'string', multiple: true },
  variable: { type: 'string', multiple: true },
  'no-output-schemas': { type: 'boolean' },
} as const

/**
 * Reads the arguments after `mortise serve openapi`. Credentials are taken from the environment: a command line can be read
 * by everybody on the machine.
 * @throws OpenApiError `ERR_OPENAPI_ARGUMENTS` with a sentence for the person who typed the command.
 */
export function openApiFromArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): OpenApiCommand {
  const { values, positionals } = parseCommand(argv)
  const [source] = positionals
  if (source === undefined || positionals.length > 1) {
    throw wrong(`name one document: its file or its URL\n\n${openApiUsage}`)
  }
  const credentials = new Map(
    pairs('--credential', values.credential).map(([name, variable]) => {
      const secret = env[variable]
      if (secret === undefined || secret === '') {
        throw wrong(`--credential ${name}: the environment has no variable ${variable}`)
      }
      return [name, secret]
    }),
  )
  const { tag: tags, operation: ids, 'read-only': readOnly = false } = values
  const baseUrl = values['base-url']
  return {
    source,
    options: {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      variables: Object.fromEntries(pairs('--variable', values.variable)),
      outputSchemas: values['no-output-schemas'] !== true,
      credentials: ({ name }) => credentials.get(name),
      include: (operation) =>
        (!readOnly || operation.method === 'GET' || operation.method === 'HEAD') &&
        (tags === undefined || tags.some((tag) => operation.tags.includes(tag))) &&
        (ids === undefined || ids.includes(operation.operationId ?? '')),
    },
  }
}

type Values = ReturnType<typeof parse>

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], allowPositionals: true, options: flags })
}

function parseCommand(argv: readonly string[]): Values {
  try {
    return parse(argv)
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split('. ') : ['']
    throw wrong(`${reason}\n\n${openApiUsage}`, error)
  }
}

function pairs(
  flag: string,
  given: readonly string[] = [],
): readonly (readonly [string, string])[] {
  return given.map((pair) => {
    const [, name, value] = /^([^=]+)=([^]*)$/.exec(pair) ?? []
    if (name === undefined || value === undefined) throw wrong(`${flag} is NAME=…: got "${pair}"`)
    return [name, value]
  })
}

function wrong(why: string, cause?: unknown): OpenApiError {
  return new OpenApiError('ERR_OPENAPI_ARGUMENTS', why, { cause })
}
