/** What `mortise/client/fleet` gives on every platform. */
export { lets } from './config.ts'
export { fleetName } from './names.ts'
export { parseJsonc } from './jsonc.ts'
export type {
  EntryTarget,
  FaultyEntry,
  FleetConfig,
  ServerEntry,
  ToolFilter,
  UsableEntry,
} from './config.ts'
export type { Variables } from './variables.ts'
export type {
  Fleet,
  FleetOptions,
  FleetPrompt,
  FleetResource,
  FleetTool,
  Origin,
  ServerStatus,
} from './types.ts'
