import { groupBy } from './group-by.mjs'

/** The columns of the table, and the states that they count. */
const COLUMNS = {
  tested: 'tested',
  excluded: 'excluded',
  untested: 'untested',
  missing: 'missing',
}

/** How many requirements of each section are tested, excluded and so on. */
export function formatTable(requirements, mostUntested) {
  const sections = [...groupBy(requirements, ({ section }) => section)]
  const rows = [...sections, ['all', requirements]].map(([name, members]) => [
    name,
    members.length,
    ...Object.keys(COLUMNS).map((state) => members.filter((it) => it.state === state).length),
  ])
  const head = ['section', 'all', ...Object.values(COLUMNS)]
  const lines = [head, ...rows].map((cells) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(9) : pad(cell, head[index]))).join(''),
  )
  return [...lines, '', `${mostUntested} is the most that may be untested.`].join('\n')
}

function pad(cell, title) {
  return String(cell === 0 ? '–' : cell).padStart(title.length + 3)
}

/** The text of `traceability.md`: each requirement and the tests that prove it. */
export function formatTraceability(requirements) {
  const sections = [...groupBy(requirements, ({ section }) => section)]
  return [
    '# Requirements and their tests',
    '',
    'Written by `npm run requirements -- --write`. What a requirement says is in [requirements.md](requirements.md), why one',
    'is excluded in [excluded.md](excluded.md), what has no test yet in [untested.md](untested.md).',
    ...sections.flatMap(([name, members]) => ['', `## ${name}`, '', ...members.map(formatLine)]),
    '',
  ].join('\n')
}

const STATES = {
  excluded: 'excluded',
  untested: 'no test yet',
  missing: 'missing',
}

function formatLine({ id, state, tests }) {
  if (tests.length === 0) return `- ${id}: ${STATES[state]}`
  const files = [...groupBy(tests, ({ path }) => path)].map(([path, claims]) => {
    const titles = [...new Set(claims.map(({ title }) => `  - ${plain(title)}`))]
    return [`  - \`${path}\``, ...titles.map((line) => `  ${line}`)].join('\n')
  })
  return [`- ${id}`, ...files].join('\n')
}

// A title is text: nothing in it is a mark of Markdown.
function plain(title) {
  return title.replaceAll(/[\\`*_<>[\]$]/g, String.raw`\$&`)
}
