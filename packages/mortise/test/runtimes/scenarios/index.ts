import type { Scenario } from '../scenario.ts'
import type { Open } from '../workshop.ts'
import { asking } from './asking.ts'
import { borrowing } from './borrowing.ts'
import { calls } from './calls.ts'
import { doors } from './doors.ts'
import { reading } from './reading.ts'
import { schemas } from './schemas.ts'
import { state } from './state.ts'
import { streams } from './streams.ts'
import { watching } from './watching.ts'

/** What a client and a server do together. A new file of scenarios is a line here. */
const together = { ...calls, ...asking, ...borrowing, ...reading, ...watching }

/** What needs no way between client and server. A new file of scenarios is a line here. */
const alone = { ...doors, ...schemas, ...state, ...streams }

/** The newest version of each kind of conversation, for ways on which every connection is a process. */
export const newest = ['2026-07-28', '2025-11-25']

/** The versions of the protocol, newest first. */
const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

/** Everything that a client and a server do together, once for each version, over one way. */
export function scenariosOver(
  open: (version: string) => Open,
  spoken: readonly string[] = versions,
): readonly Scenario[] {
  return spoken.flatMap((version) =>
    Object.entries(together).map(([name, run]) => ({
      name: `${version}: ${name}`,
      run: () => run(open(version)),
    })),
  )
}

/** The scenarios that need neither client nor server. */
export const scenariosAlone: readonly Scenario[] = Object.entries(alone).map(([name, run]) => ({
  name,
  run,
}))
