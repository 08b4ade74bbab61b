// What is to be reached, as data: a workload, the start of the names of its rows, and the bound of their median figure.

/** What the library is to reach, on a quiet machine. Missing one is said in the results and fails nothing. */
export const bars = [
  { workload: 'call-stateless', rows: 'Mortise', atLeast: 0.85 },
  { workload: 'call-session', rows: 'Mortise', atLeast: 0.85 },
  { workload: 'list', rows: 'Mortise', atLeast: 1.7 },
  { workload: 'stdio-one', rows: 'Mortise', atLeast: 0.95 },
  { workload: 'stdio-many', rows: 'Mortise', atLeast: 0.9 },
  { workload: 'big-result', rows: 'Mortise', atLeast: 0.95 },
  { workload: 'big-argument', rows: 'Mortise', atLeast: 0.9 },
  { workload: 'cold-start', rows: 'Mortise', atMost: 1.25 },
  { workload: 'idle-sessions', rows: 'Mortise', atMost: 2_048 },
  { workload: 'idle-listeners', rows: 'Mortise', atMost: 16_384 },
  { workload: 'client', rows: 'Mortise', atLeast: 0.75 },
  { workload: 'progress', rows: 'Mortise', atLeast: 2.5 },
  { workload: 'more-tools', rows: 'Mortise, 700 more', atLeast: 0.95, atMost: 1.05 },
  { workload: 'install', rows: 'Mortise alone', atMost: 1_000_000 },
  { workload: 'install', rows: 'Mortise with all', atMost: 3_500_000 },
  { workload: 'bundle', rows: 'Mortise server', atMost: 45_000 },
  { workload: 'bundle', rows: 'Mortise client', atMost: 40_000 },
  { workload: 'types', rows: 'Mortise', atMost: 60_000 },
]

/**
 * Below (or above) these the short run fails. Each lies as far from what a quiet machine shows as the rounds of a short run
 * spread on a busy one; what has no noise has one just behind what was reached, and what has too much has none.
 */
export const floors = [
  { workload: 'call-stateless', rows: 'Mortise', atLeast: 0.65 },
  { workload: 'call-session', rows: 'Mortise', atLeast: 0.65 },
  { workload: 'list', rows: 'Mortise', atLeast: 2.5 },
  { workload: 'big-result', rows: 'Mortise', atLeast: 0.75 },
  { workload: 'stdio-many', rows: 'Mortise', atLeast: 0.9 },
  { workload: 'client', rows: 'Mortise', atLeast: 0.6 },
  { workload: 'progress', rows: 'Mortise', atLeast: 4 },
  { workload: 'idle-sessions', rows: 'Mortise', atMost: 1_700 },
  { workload: 'install', rows: 'Mortise alone', atMost: 1_500_000 },
  { workload: 'bundle', rows: 'Mortise server', atMost: 62_500 },
  { workload: 'bundle', rows: 'Mortise client', atMost: 35_000 },
  { workload: 'types', rows: 'Mortise', atMost: 57_000 },
]

/** The bound of a row, if it has one. */
export function boundOf(table, workload, name) {
  return table.find((bound) => bound.workload === workload && name.startsWith(bound.rows))
}

/** Whether a figure keeps to a bound. */
export function isMet({ atLeast = -Infinity, atMost = Infinity }, { median }) {
  return median >= atLeast && median <= atMost
}
