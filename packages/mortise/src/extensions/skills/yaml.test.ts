import { expect, test } from 'vitest'
import { readYaml } from './yaml.ts'

const read = [
  { name: 'words', yaml: 'a: b c\nd: http://x/y#z', value: { a: 'b c', d: 'http://x/y#z' } },
  {
    name: 'values of the core schema',
    yaml: 'a:\nb: ~\nc: true\nd: -1\ne: 0x1F\nf: 0o17\ng: 1e3\nh: yes\ni: 2026-01-31\nj: 012',
    value: {
      a: null,
      b: null,
      c: true,
      d: -1,
      e: 31,
      f: 15,
      g: 1000,
      h: 'yes',
      i: '2026-01-31',
      j: 12,
    },
  },
  {
    name: 'quotes',
    yaml: `a: "x\\n\\u00e9\\x41" # c\n'b c': 'it''s'`,
    value: { a: 'x\néA', 'b c': "it's" },
  },
  {
    name: 'words on several lines',
    yaml: 'a: one\n  two\n\n  three # c\nb: 1',
    value: { a: 'one two\nthree', b: 1 },
  },
  { name: 'words below their key', yaml: 'a:\n  one\n  two\nb: 1', value: { a: 'one two', b: 1 } },
  { name: 'a block as it stands', yaml: 'a: |\n  x\n   y\n\nb: 1', value: { a: 'x\n y\n', b: 1 } },
  { name: 'a block without its last break', yaml: 'a: |-\n  x\n\n', value: { a: 'x' } },
  { name: 'a block with all its breaks', yaml: 'a: |+\n  x\n\nb: 1', value: { a: 'x\n\n', b: 1 } },
  { name: 'a block with its own indentation', yaml: 'a: |2\n   x\n  y', value: { a: ' x\ny\n' } },
  {
    name: 'a folded block',
    yaml: 'a: >\n  x\n  y\n\n  z\n    w\n  v',
    value: { a: 'x y\nz\n  w\nv\n' },
  },
  {
    name: 'mappings inside',
    yaml: 'a:\n  b:\n    c: 1\n  d: 2',
    value: { a: { b: { c: 1 }, d: 2 } },
  },
  {
    name: 'lists',
    yaml: 'a:\n- x\n- y\nb:\n  - c: 1\n    d: 2\n  - - e\n  -',
    value: { a: ['x', 'y'], b: [{ c: 1, d: 2 }, ['e'], null] },
  },
  {
    name: 'collections on one line',
    yaml: `a: [x, "y, z", {b: 1},]\nc: {}`,
    value: { a: ['x', 'y, z', { b: 1 }], c: {} },
  },
  {
    name: 'comments and blank lines',
    yaml: '# c\n\na: 1 # c\n\n  # c\nb: x#y',
    value: { a: 1, b: 'x#y' },
  },
  { name: 'nothing', yaml: '\n# c\n', value: null },
  {
    name: 'a key of every object',
    yaml: '__proto__: 1\nconstructor: 2',
    value: Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]),
  },
]

// YAML 1.2, by its core schema (§10.3).
test.each(read)('$name are read', ({ yaml, value }) => {
  expect(readYaml(yaml)).toEqual({ ok: true, value })
})

const refused = [
  { name: 'an anchor', yaml: 'a: &x 1' },
  { name: 'an alias', yaml: 'a: *x' },
  { name: 'a tag', yaml: 'a: !!str 1' },
  { name: 'a merge', yaml: '<<: {a: 1}' },
  { name: 'a complex key', yaml: '? a\n: b' },
  { name: 'a key twice', yaml: 'a: 1\na: 2' },
  { name: 'a key twice on one line', yaml: 'a: {b: 1, b: 2}' },
  { name: 'a key that is no text', yaml: 'true: 1' },
  { name: 'a colon in words', yaml: 'a: b: c' },
  { name: 'a list beside a key', yaml: 'a: - b' },
  { name: 'a quote that does not end', yaml: 'a: "x\n  y"' },
  { name: 'what follows a quote', yaml: "a: 'b'c" },
  { name: 'an unknown escape', yaml: 'a: "\\q"' },
  { name: 'a bracket that does not end', yaml: 'a: [1' },
  { name: 'a tab that indents', yaml: 'a:\n\tb: 1' },
  { name: 'other indentation', yaml: '  a: 1\nb: 2' },
  { name: 'a second document', yaml: 'a: 1\n--- \nb: 2' },
  { name: 'an endless number', yaml: 'a: .inf' },
  { name: 'a number that is not exact', yaml: 'a: 9007199254740993' },
  {
    name: 'mappings too deep',
    yaml: Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  },
  { name: 'lists too deep', yaml: `${'- '.repeat(40)}a` },
  { name: 'brackets too deep', yaml: `a: ${'['.repeat(40)}${']'.repeat(40)}` },
]

test.each(refused)('$name is refused, with its line and without its words', ({ yaml }) => {
  const outcome = readYaml(yaml)
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/^line \d+: /) })
})

const disputed = ['yes', 'Off', 'n', '2026-01-31', '012', '1_000', '12:30', '0b1']

test.each(disputed)('a writer must quote %s, which readers of YAML disagree about', (word) => {
  expect(readYaml(`a: ${word}`)).toMatchObject({ ok: true })
  expect(readYaml(`a: ${word}`, { portable: true })).toMatchObject({ ok: false })
  expect(readYaml(`a: "${word}"`, { portable: true })).toEqual({ ok: true, value: { a: word } })
})

test('long hostile lines are read in no time', () => {
  const hostile = [
    `a: x${' '.repeat(60_000)}y`,
    'a '.repeat(30_000),
    `a: ${'1_'.repeat(30_000)}`,
    `a: "${'\\'.repeat(60_000)}`,
    `a: [${'x,'.repeat(30_000)}`,
    '- '.repeat(30_000),
    `a: |\n${' '.repeat(60_000)}`,
  ]
  const startedAt = performance.now()
  for (const yaml of hostile) readYaml(yaml)
  // Quadratic work would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
