import { McpError } from '../../std/error.ts'
import { connect } from '../index.ts'
import type { FleetConfig } from './config.ts'
import { createFleetOn } from './fleet.ts'
import type { Fleet, FleetOptions } from './types.ts'

/**
 * Holds the servers of a configuration, as `readConfig` gives it. Servers at a URL can be reached everywhere; commands are
 * started on Node.
 */
export function createFleet(config: FleetConfig, options: FleetOptions = {}): Fleet {
  return createFleetOn(
    async (target, own) => {
      if (!('url' in target)) {
        throw new McpError('ERR_CONFIG', 'a command can be started on Node, and not here')
      }
      const { headers: given = {} } = own
      const headers =
        typeof given === 'function'
          ? async () => ({ ...target.headers, ...(await given()) })
          : { ...target.headers, ...given }
      return await connect(target.url, { ...own, headers })
    },
    config,
    options,
  )
}

export { readConfig } from './read-config.ts'
export * from './face.ts'
