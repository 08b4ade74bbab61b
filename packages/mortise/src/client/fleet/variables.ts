import { ConfigFault } from './config-fault.ts'

/** What the references of a configuration stand for. */
export interface Variables {
  /** For `${NAME}` and `${env:NAME}`. Default: none; on Node those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For `${input:ID}`, which VS Code asks the user for. */
  readonly inputs?: Readonly<Record<string, string>>
  /** For `${workspaceFolder}`. */
  readonly workspaceFolder?: string
  /** For `${userHome}`. Default: none; on Node that of the user. */
  readonly userHome?: string
  /** For `${pathSeparator}` and `${/}`. Default: `/`. */
  readonly pathSeparator?: string
  /** Whether `$NAME` without braces is a reference too, as Gemini CLI has it. Default: false. */
  readonly dollar?: boolean
}

/** Which references a host writes. */
export interface Syntax {
  /** `${…}`: NAME, NAME:-default, env:NAME, input:ID, a folder. */
  readonly braces: boolean
  /** `{env:NAME}`, as opencode has it. */
  readonly envBraces: boolean
}

const reference =
  /\$\{\{\s*secrets\.(?<secret>\w+)\s*\}\}|\$\{(?<braces>[^{}]*)\}|\{env:(?<plain>\w+)\}|\$(?<dollar>[A-Za-z_]\w*)/g

/**
 * Puts values for the references in `text`. What a value holds is never looked at again.
 * @throws ConfigFault that names the reference, when there is no value for it.
 */
export function expand(text: string, variables: Variables, syntax: Syntax): string {
  return text.replace(reference, (whole, ...rest) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>> // the named ones come last
    const { secret, braces, plain, dollar } = groups
    if (secret !== undefined && syntax.braces) return fromEnv(secret, variables)
    if (braces !== undefined && syntax.braces) return resolve(braces, variables)
    if (plain !== undefined && syntax.envBraces) return fromEnv(plain, variables)
    if (dollar !== undefined && variables.dollar === true) return fromEnv(dollar, variables)
    return whole
  })
}

function resolve(inner: string, variables: Variables): string {
  const { workspaceFolder, userHome, pathSeparator = '/', inputs = {} } = variables
  const basename = workspaceFolder?.split(/[\\/]/).findLast((part) => part !== '')
  const places: Readonly<Record<string, string | undefined>> = {
    workspaceFolder,
    workspaceFolderBasename: basename,
    workspaceRoot: workspaceFolder,
    userHome,
    pathSeparator,
    '/': pathSeparator,
  }
  if (Object.hasOwn(places, inner)) {
    return places[inner] ?? missing(`\${${inner}}`, 'is not known here')
  }
  if (inner.startsWith('input:')) {
    const id = inner.slice('input:'.length)
    const value = Object.hasOwn(inputs, id) ? inputs[id] : undefined
    return value ?? missing(`\${${inner}}`, `needs the input ${id}`)
  }
  const match = /^(?:env:(?:\/\/)?)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner)
  if (match === null) return missing(`\${${inner}}`, 'is no reference that is known')
  const [, name = '', fallback] = match
  return fromEnv(name, variables, fallback)
}

/** A variable of ours; undefined when it is not set. */
export function ownVariable(name: string, { env = {} }: Variables): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}

/** A variable that is empty has a fallback too, as in a shell. */
function fromEnv(name: string, variables: Variables, fallback?: string): string {
  const value = ownVariable(name, variables)
  if (fallback !== undefined && (value === undefined || value === '')) return fallback
  return value ?? missing(name, 'is no variable that is set')
}

function missing(what: string, why: string): never {
  throw new ConfigFault(`${what.slice(0, 80)} ${why}`)
}
