import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Servable } from 'mortise/node'
import { UsageError } from './command-error.ts'
import { messageOf } from './exit.ts'

/** Loads one module; tests hand in their own. */
type Load = (path: string) => Promise<unknown>

/** How a server is loaded from a module. */
export interface LoadSettings {
  /** The absolute path of the module. */
  readonly path: string
  /** Arguments for a module that exports a function. */
  readonly argv: readonly string[]
  /** Where what is made of TypeScript is kept between runs. */
  readonly cacheFolder: string
}

/**
 * The server that a module exports: as `default`, as `server`, or as what a function of one of these names returns for
 * `argv`.
 * @throws UsageError when the module cannot be loaded, or exports no server.
 */
export async function loadServer({ path, argv, cacheFolder }: LoadSettings): Promise<Servable> {
  const load = isTypeScript(path) ? typeScriptLoader(cacheFolder) : importModule
  const exported = pickExport(await loadOrExplain(path, load))
  if (typeof exported !== 'function') {
    if (!isServable(exported)) throw noServer(path)
    if (argv.length === 0) return exported
    throw new UsageError(
      `${path} exports a server, which takes no arguments: what is "${argv[0]}"? To read arguments, export a function`,
    )
  }
  // What it returns is looked at below.
  const made = await (exported as (argv: readonly string[]) => unknown)(argv)
  if (isServable(made)) return made
  throw noServer(path)
}

/** Whether a path ends as a module does that can be served. */
export function isModulePath(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path)
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path)
}

async function loadOrExplain(path: string, load: Load): Promise<unknown> {
  try {
    return await load(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${messageOf(error)}`, { cause: error })
  }
}

function importModule(path: string): Promise<unknown> {
  return import(pathToFileURL(path).href) as Promise<unknown>
}

/**
 * Node 20 runs no TypeScript, so `jiti` makes JavaScript of it. What Node can load is left to Node: a library must be the
 * same one for everybody.
 */
function typeScriptLoader(cacheFolder: string): Load {
  return async (path) => {
    const { createJiti } = await import('jiti')
    const fsCache = join(cacheFolder, 'modules')
    const jiti = createJiti(import.meta.url, { tryNative: true, interopDefault: false, fsCache })
    return await jiti.import(pathToFileURL(path).href)
  }
}

function pickExport(module: unknown): unknown {
  if (typeof module !== 'object' || module === null) return undefined
  const { default: byDefault, server } = module as { default?: unknown; server?: unknown }
  const inner = isObject(byDefault) && !isServable(byDefault) ? byDefault['server'] : undefined
  // CommonJS has its exports as `default`.
  return server ?? inner ?? byDefault
}

function isServable(value: unknown): value is Servable {
  return (
    isObject(value) &&
    typeof value['attach'] === 'function' &&
    typeof value['handle'] === 'function'
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function noServer(path: string): UsageError {
  return new UsageError(
    `${path} exports no server: export what createServer() gives as "server" or by default, or a function that returns it`,
  )
}
