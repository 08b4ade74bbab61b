/**
 * What is measured. `ceiling` names the raw handler that gets the same requests, and whose cost is 1.00; `bar` is the share
 * of it below which the run fails.
 */
export const targets = [
  { name: 'node:http, 2026-07-28', file: 'raw.mjs', kind: 'stateless' },
  { name: 'node:http, 2025-11-25', file: 'raw.mjs', kind: 'session' },
  ...['zod', 'plain'].map((schema) => ({
    name: `Mortise, 2026-07-28, ${schema}`,
    file: 'mortise.mjs',
    args: [schema],
    kind: 'stateless',
    ceiling: 'node:http, 2026-07-28',
    bar: 0.6,
  })),
  ...['zod', 'plain'].map((schema) => ({
    name: `Mortise, 2025-11-25 session, ${schema}`,
    file: 'mortise.mjs',
    args: [schema],
    kind: 'session',
    opensSession: true,
    ceiling: 'node:http, 2025-11-25',
    bar: 0.6,
  })),
  {
    name: 'official SDK, 2026-07-28, zod',
    file: 'sdk.mjs',
    kind: 'stateless',
    ceiling: 'node:http, 2026-07-28',
  },
]
