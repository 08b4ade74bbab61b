import { expect, test } from 'vitest'
import { judge } from './judge.mjs'
import { formatTable, formatTraceability } from './print.mjs'
import { readClaims } from './read-claims.mjs'
import { readReasons, readRequirements, withoutRows } from './read-spec.mjs'

const spec = `## 1 A section

| ID | Binds | Level | Rev | Statement |
| --- | --- | --- | --- | --- |
| FLY-01 | B | MUST | all | Flap. |
| FLY-02 | C | SHOULD NOT | ≤25-11 | Never fall. |
| FLY-03 | H | MAY | 26-07 | Sing. |
`
const requirements = readRequirements(spec)
const list = (...ids) =>
  readReasons(`## Birds\n\n${ids.map((id) => `| ${id} | is a bird |\n`).join('')}`)
const claimsOf = (text, path = 'packages/fly/src/wing.test.ts') =>
  readClaims(new Map([[path, text]])).map(({ id, title }) => [id, title])
const claim = (id) => ({ id, path: 'a.test.ts', title: 'it flaps', at: 'a.test.ts:1' })
/** What is wrong when `FLY-01` is tested, `FLY-02` excluded and `FLY-03` untested, but for what `change` says. */
const faultsOf = (change) =>
  judge({
    requirements,
    claims: [claim('FLY-01')],
    excluded: list('FLY-02'),
    untested: list('FLY-03'),
    sections: { FLY: 3 },
    most: 1,
    ...change,
  }).faults

test('a row of a table is a requirement', () => {
  expect(requirements[1]).toEqual({
    id: 'FLY-02',
    section: 'FLY',
    binds: 'C',
    level: 'SHOULD NOT',
    revisions: '≤25-11',
    text: 'Never fall.',
  })
})

test.each([
  ['in its title', `test('flaps (FLY-01)', f)`, 'flaps (FLY-01)'],
  ['in a title with holes', 'test(`flaps ${n} (FLY-01)`, f)', 'flaps ${n} (FLY-01)'],
  ['above it', `// FLY-01 (fly/wing, "Flapping")\ntest('flaps', f)`, 'flaps'],
  ['above it, in two lines', `// FLY-01\n// (fly/wing)\ntest('flaps', f)`, 'flaps'],
  ['above it, in a block', `/* FLY-01 */\n  test('flaps', f)`, 'flaps'],
  ['above a group', `// FLY-01\ndescribe('wings', () => { test('flap', f) })`, 'wings'],
  ['above a table', `// FLY-01\ntest.each([1])('flaps %s', f)`, 'flaps %s'],
  ['above a condition', `// FLY-01\ntest.runIf(x).each([1])('flaps', f)`, 'flaps'],
  ['above a function of our own', `// FLY-01\ntestLimit('maxFlaps', f)`, 'maxFlaps'],
])('a test names an id %s', (_where, text, title) => {
  expect(claimsOf(text)).toEqual([['FLY-01', title]])
})

test.each([
  ['with a line between', `// FLY-01\n\ntest('flaps', f)`],
  ['beside code', `f() // FLY-01\ntest('flaps', f)`.replace('\n', '\n\n')],
  ['inside the test', `test('flaps', () => {\n  // FLY-01\n  f()\n})`],
  ['above anything else', `// FLY-01\nconst wing = 1\ntest('flaps', f)`],
])('an id %s proves nothing', (_where, text) => {
  expect(claimsOf(text)).toEqual([])
})

test('a test is told with the groups around it', () => {
  const text = `describe('birds', () => {
    test('sing', f)
    describe.each(rows)('wings', () => {
      // FLY-01
      test.each([f(1)])('flap %s', () => f('x'))
    })
    // FLY-02
    test('fall', f)
  })`
  expect(claimsOf(text)).toEqual([
    ['FLY-01', 'birds › wings › flap %s'],
    ['FLY-02', 'birds › fall'],
  ])
})

test('a conformance fixture names an id above what the suite calls', () => {
  const fixture = `server.tool(\n  // FLY-01, FLY-02\n  'test_flap', {}, f)`
  expect(claimsOf(fixture, 'packages/fly/test/conformance/tools.ts')).toEqual([
    ['FLY-01', 'conformance fixture test_flap'],
    ['FLY-02', 'conformance fixture test_flap'],
  ])
  expect(claimsOf(fixture, 'packages/fly/src/tools.ts')).toEqual([])
})

test('a list is rid of what has a test', () => {
  const text = '# List\n\n| FLY-01 | no test |\n| FLY-011 | none |\n'
  expect(withoutRows(text, new Set(['FLY-01']))).toBe('# List\n\n| FLY-011 | none |\n')
})

test('nothing is wrong when each id has one place', () => {
  expect(faultsOf({})).toEqual([])
})

test.each([
  ['an id without a place', { untested: [], most: 0 }, 'FLY-03 has no test and no reason'],
  ['an id that is excluded and tested', { claims: [claim('FLY-01'), claim('FLY-02')] }, 'tested'],
  ['an id that is listed and tested', { claims: [claim('FLY-01'), claim('FLY-03')] }, 'tested'],
  ['an id in both lists', { untested: list('FLY-02', 'FLY-03'), most: 2 }, 'both excluded and'],
  ['a test of an unknown id', { claims: [claim('FLY-01'), claim('FLY-99')] }, 'names FLY-99'],
  ['a list with an unknown id', { excluded: list('FLY-02', 'FLY-99') }, 'FLY-99 does not exist'],
  ['a list with an id twice', { excluded: list('FLY-02', 'FLY-02') }, 'FLY-02 stands twice'],
  ['no reason', { excluded: readReasons('## A\n| FLY-02 |  |') }, 'FLY-02 has no reason'],
  ['a longer list of untested ids', { most: 0 }, 'untested.md has 1 ids; 0 is the limit'],
  ['a shorter one', { most: 2 }, 'untested.md has 1 ids: set UNTESTED to 1'],
  ['a lost requirement', { sections: { FLY: 4 } }, 'requirements.md has lost FLY-04'],
  ['an uncounted one', { sections: { FLY: 2 } }, 'has FLY-03, which is not counted'],
  ['a lost section', { sections: { FLY: 3, RUN: 1 } }, 'requirements.md has lost RUN-01'],
])('%s is a fault', (_name, change, fault) => {
  expect(faultsOf(change)).toEqual([expect.stringContaining(fault)])
})

test('what looks like an id of no section is none', () => {
  expect(faultsOf({ claims: [claim('FLY-01'), claim('SEP-2164')] })).toEqual([])
})

test('the table counts each state', () => {
  const judged = judge({
    requirements,
    claims: [claim('FLY-01')],
    excluded: list('FLY-02'),
    untested: [],
  })
  expect(formatTable(judged.requirements, 5).split('\n')[1].split(/\s+/)).toEqual([
    'FLY',
    '3',
    '1',
    '1',
    '–',
    '1',
  ])
})

test('the page of traces has the tests of each id, and their titles as text', () => {
  const { requirements: judged } = judge({
    requirements,
    claims: [{ ...claim('FLY-01'), title: 'a $bird' }],
    excluded: list('FLY-02'),
    untested: list('FLY-03'),
  })
  expect(formatTraceability(judged)).toContain(
    '## FLY\n\n- FLY-01\n  - `a.test.ts`\n    - a \\$bird\n- FLY-02: excluded\n- FLY-03: no test yet\n',
  )
})
