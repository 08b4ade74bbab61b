import { McpError } from 'mortise'
import { readConfigFile } from 'mortise/client/fleet'
import type { FleetConfig } from 'mortise/client/fleet'
import { UsageError } from './command-error.ts'
import type { ConnectionValues } from './connection-options.ts'
import { messageOf } from './exit.ts'

/** The option of verbs that take all servers of a host's configuration. */
export const configOption = {
  config: {
    value: 'FILE',
    help: 'Instead of TARGET: the servers of this configuration, as hosts have it (mcp.json)',
  },
} as const

/** @throws UsageError when it cannot be read, or another option cannot go with it. */
export async function readServers(
  path: string,
  { header, env }: ConnectionValues,
): Promise<FleetConfig> {
  if (header.length > 0)
    throw new UsageError('--header is for one server: with --config it stands there')
  if (env.length > 0) throw new UsageError('--env is for one server: with --config it stands there')
  try {
    return await readConfigFile(path)
  } catch (error) {
    const known = error instanceof McpError || (error as NodeJS.ErrnoException).code !== undefined
    if (!known) throw error
    throw new UsageError(`--config ${path}: ${messageOf(error)}`, { cause: error })
  }
}
