import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, extname, resolve, sep } from 'node:path'
import { parseEnv } from 'node:util'
import type { EntryTarget, FleetConfig } from '../client/fleet/config.ts'
import { createFleetOn } from '../client/fleet/fleet.ts'
import { parseJsonc } from '../client/fleet/jsonc.ts'
import { readConfig as readNeutral } from '../client/fleet/read-config.ts'
import type { Fleet, FleetOptions } from '../client/fleet/types.ts'
import type { Variables } from '../client/fleet/variables.ts'
import type { Client, ConnectOptions } from '../client/types.ts'
import { McpError } from '../std/error.ts'
import { connect } from './client.ts'
import type { NodeConnectOptions } from './client.ts'

/** Options of `createFleet` on Node. */
export interface NodeFleetOptions extends Omit<FleetOptions, 'connect'> {
  /** Options of every connection, or a function that makes those of one server. */
  readonly connect?: NodeConnectOptions | ((server: string) => NodeConnectOptions)
}

/** Holds the servers of a configuration, as `readConfig` and `readConfigFile` give it. */
export function createFleet(config: FleetConfig, options: NodeFleetOptions = {}): Fleet {
  return createFleetOn(start, config, options)
}

/**
 * Reads the configuration of a host, as it was parsed, in the forms that the neutral `readConfig` has. References stand for
 * variables of this process, and the home folder of its user.
 * @throws McpError `ERR_CONFIG` when there are no servers in it at all.
 */
export function readConfig(value: unknown, variables: Variables = {}): FleetConfig {
  const own = { env: process.env, userHome: homedir(), pathSeparator: sep }
  return readNeutral(value, { ...own, ...variables })
}

/**
 * Reads a configuration file, JSON that may have comments. `${workspaceFolder}` is the folder that it is in, or the one above
 * where that is `.vscode` or the like.
 * @throws McpError `ERR_CONFIG` when it is no JSON or has no servers; what reading the file throws.
 */
export async function readConfigFile(
  path: string,
  variables: Variables = {},
): Promise<FleetConfig> {
  const suffix = extname(path)
  if (/^\.(?:toml|ya?ml)$/i.test(suffix)) {
    const text = `${suffix} is not read here: parse ${basename(path)}, and hand the value to readConfig`
    throw new McpError('ERR_CONFIG', text)
  }
  const folder = dirname(resolve(path))
  const workspaceFolder = basename(folder).startsWith('.') ? dirname(folder) : folder
  const value = parseJsonc(await readFile(path, 'utf8'))
  return readConfig(value, { workspaceFolder, ...variables })
}

async function start(target: EntryTarget, options: ConnectOptions): Promise<Client> {
  if ('url' in target) return await connect(target, options)
  const { command, args, cwd } = target
  const env = await withFile(target)
  return await connect({ command, args, env, ...(cwd === undefined ? {} : { cwd }) }, options)
}

/** The variables of an entry, over those of its file. */
async function withFile({
  env,
  envFile,
}: {
  readonly env: Readonly<Record<string, string>>
  readonly envFile: string | undefined
}): Promise<Readonly<Record<string, string>>> {
  if (envFile === undefined) return env
  const text = await readFile(envFile, 'utf8')
  const pairs = Object.entries(parseEnv(text)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return { ...Object.fromEntries(pairs), ...env }
}

export * from '../client/fleet/face.ts'
