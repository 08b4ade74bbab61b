import { describe, expect, test } from 'vitest'
import { comparisonLaw, eraChoiceLaw, runtimeLaw } from './branching.mjs'
import { bundleAlone, foreigners, strangers, tooEarly } from './bundles.mjs'
import { docstringLaw } from './docstrings.mjs'
import { appLaw, layerLaw } from './imports.mjs'
import { lockFileLaw } from './lock-files.mjs'
import { neutralLaw } from './neutral.mjs'
import { portableTextLaw, wholeSuiteLaw } from './portable-text.mjs'
import { revisionDateLaw } from './revision-dates.mjs'
import { smallFileLaw } from './small-files.mjs'

const src = (path) => `packages/mortise/src/${path}`
const manifest = [
  'packages/mortise/package.json',
  JSON.stringify({ exports: { './server': './dist/server/index.js' } }),
]
// Spelled in parts, or this file would break the laws that it tests.
const machinePath = ['', 'work', 'main', 'x.ts'].join('/')
const elsewhere = 'https://x'
const registryHost = ['registry', 'npmjs', 'org'].join('.')
const lines = (count) => 'x\n'.repeat(count)

/** A law, a file that breaks it, and how it reads when it keeps it: `[law, what, path, broken, kept]`. */
const rows = [
  [revisionDateLaw, 'a date in code', src('model/a.ts'), `const a = '2025-06-18'`, `const a = '6'`],
  [
    revisionDateLaw,
    'a date in a comment that cites no page',
    src('model/a.ts'),
    '// since 2025-06-18',
    '// 2025-06-18, basic/transports: "Session Management"',
  ],
  [revisionDateLaw, 'a date outside revisions', src('server/a.ts'), `f('2026-07-28')`, `f()`],
  [
    eraChoiceLaw,
    'an era imported by a feature',
    src('server/b.ts'),
    `import '../eras/session/server.ts'`,
    `import '../std/a.ts'`,
  ],
  [
    eraChoiceLaw,
    'an era re-exported',
    src('server/b.ts'),
    `export { a } from '../eras/era.ts'`,
    `export { a } from './era.ts'`,
  ],
  [
    eraChoiceLaw,
    'the type of an era',
    src('client/b.ts'),
    `type A = import('../eras/era.ts').A`,
    `type A = 1`,
  ],
  [
    comparisonLaw,
    'an equal version',
    src('server/a.ts'),
    `if (revision.version === x) f()`,
    `if (revision.batch) f()`,
  ],
  [
    comparisonLaw,
    'an ordered version',
    src('server/a.ts'),
    `f(a?.version >= x)`,
    `f(a?.versions >= x)`,
  ],
  [
    comparisonLaw,
    'a computed era',
    src('server/a.ts'),
    `if (x !== a['era']) f()`,
    `if (a['era'] !== undefined) f()`,
  ],
  [
    comparisonLaw,
    'a cast era',
    src('server/a.ts'),
    `if ((a.era as string) == 'x') f()`,
    `f(a.era as string)`,
  ],
  [
    comparisonLaw,
    'a switch',
    src('server/a.ts'),
    `switch (a.era) { case 1: f() }`,
    `switch (a.kind) { case 1: f() }`,
  ],
  [
    runtimeLaw,
    'typeof window',
    src('http/a.ts'),
    `if (typeof window === 'undefined') f()`,
    `if (typeof fetch === 'undefined') f()`,
  ],
  [
    runtimeLaw,
    'process.versions',
    src('http/a.ts'),
    `f(process.versions.node)`,
    `f(channel.versions)`,
  ],
  [runtimeLaw, 'globalThis.Deno', src('http/a.ts'), `f(globalThis.Deno)`, `f(globalThis.fetch)`],
  [runtimeLaw, 'a user agent', src('http/a.ts'), `f(navigator.userAgent)`, `f(navigator.language)`],
  [layerLaw, 'an import upwards', src('std/a.ts'), `import '../model/call.ts'`, `import './b.ts'`],
  [
    layerLaw,
    'a server that imports a client',
    src('server/a.ts'),
    `import '../client/b.ts'`,
    `import '../eras/b.ts'`,
  ],
  [
    layerLaw,
    'an era that imports a revision',
    src('eras/a.ts'),
    `import type { R } from '../revisions/r.ts'`,
    `import '../model/r.ts'`,
  ],
  [
    layerLaw,
    'one half of auth in the other',
    src('auth/client/a.ts'),
    `import '../server/b.ts'`,
    `import '../metadata.ts'`,
  ],
  [
    layerLaw,
    'node in an extension',
    src('extensions/tasks/a.ts'),
    `import '../../node/serve.ts'`,
    `import '../../server/a.ts'`,
  ],
  [
    layerLaw,
    'a late import upwards',
    src('std/a.ts'),
    `await import('../server/a.ts')`,
    `await import('./a2.ts')`,
  ],
  [layerLaw, 'a folder without a line in the table', src('plumbing/a.ts'), ``, undefined],
  [
    layerLaw,
    'a dependency that is not in the table',
    src('server/a.ts'),
    `import { z } from 'zod'`,
    `import { z } from './z.ts'`,
  ],
  [layerLaw, 'the library by its own name', src('server/a.ts'), `import 'mortise/client'`, ``],
  [
    layerLaw,
    'the build output',
    src('node/a.ts'),
    `import '../../dist/x.js'`,
    `import '../server/x.ts'`,
  ],
  [layerLaw, 'a file that imports itself', src('std/a.ts'), `import './a.ts'`, `import './b.ts'`],
  [
    appLaw,
    'a private subpath',
    'packages/servers/src/a.ts',
    `import 'mortise/eras'`,
    `import 'mortise/server'`,
  ],
  [
    appLaw,
    'a path into the library',
    'packages/cli/src/a.ts',
    `import '../../mortise/src/std/a.ts'`,
    `import './b.ts'`,
  ],
  [
    appLaw,
    'an app in an app',
    'packages/servers/src/a.ts',
    `import '@mortise/cli'`,
    `import 'picomatch'`,
  ],
  [neutralLaw, 'a module of Node', src('http/a.ts'), `import 'node:fs'`, `import './b.ts'`],
  [neutralLaw, 'a module of Node by its old name', src('http/a.ts'), `import 'fs'`, `import 'fsx'`],
  [
    neutralLaw,
    'the folder of Node',
    src('client/a.ts'),
    `import '../node/spawn.ts'`,
    `import './node.ts'`,
  ],
  [smallFileLaw, 'a long file', src('std/a.ts'), lines(401), lines(400)],
  [smallFileLaw, 'a long test', src('std/a.test.ts'), lines(601), lines(600)],
  [smallFileLaw, 'a vague file', src('std/utils.ts'), '', undefined],
  [smallFileLaw, 'a vague test', src('std/helpers.test.ts'), '', undefined],
  [smallFileLaw, 'a vague folder', src('core/call.ts'), '', undefined],
  [
    docstringLaw,
    'a bare function',
    src('std/a.ts'),
    `export function f() {}`,
    `/** Does. */\nexport function f() {}`,
  ],
  [
    docstringLaw,
    'a plain comment',
    src('std/a.ts'),
    `// Is.\nexport type A = 1`,
    `/** Is. */\nexport type A = 1`,
  ],
  [
    docstringLaw,
    'a docstring of another',
    src('std/a.ts'),
    `/** A. */\nconst a = 1\nexport const b = 1`,
    `export { b } from './b.ts'`,
  ],
  [
    docstringLaw,
    'a bare constant',
    src('std/a.ts'),
    `export const a = 1`,
    `/** A. */ export const a = 1`,
  ],
  [
    portableTextLaw,
    'a machine path',
    'docs/a.md',
    `see ${machinePath}`,
    `see https://example.com${machinePath}`,
  ],
  [
    portableTextLaw,
    'a registry host',
    '.npmrc',
    `registry=https://${registryHost}/`,
    'audit=false',
  ],
  [
    portableTextLaw,
    'a resolved address',
    'package-lock.json',
    `"resolved": "${elsewhere}/y.tgz"`,
    `"resolved": "packages/cli"`,
  ],
  [wholeSuiteLaw, 'an only', src('a.test.ts'), `test.only('x', () => {})`, `test('x', () => {})`],
  [
    wholeSuiteLaw,
    'a skip',
    src('a.test.ts'),
    `describe.skip('x', () => {})`,
    `describe.skipIf(absent)('x', () => {})`,
  ],
  [
    wholeSuiteLaw,
    'a skipped table',
    src('a.test.ts'),
    `test.skip.each([1])('x', f)`,
    `test.each([1])('x', f)`,
  ],
]

for (const [law, what, path, broken, kept] of rows) {
  describe(law.name, () => {
    test(`${what} breaks it`, () => {
      expect(law.check(new Map([manifest, [path, broken]]))).toEqual([
        expect.stringContaining(path.replace(src(''), '')),
      ])
    })

    if (kept === undefined) return
    test(`what is right instead of ${what} keeps it`, () => {
      expect(law.check(new Map([manifest, [path, kept]]))).toEqual([])
    })
  })
}

test('files that need each other to run are a cycle, also through a third', () => {
  const files = new Map([
    [src('std/a.ts'), `import { b } from './b.ts'`],
    [src('std/b.ts'), `import './c.ts'`],
    [src('std/c.ts'), `export { type A, a } from './a.ts'`],
  ])
  expect(layerLaw.check(files)).toEqual(['cycle: std/a.ts → std/b.ts → std/c.ts → std/a.ts'])
})

test('types may refer to each other across the files of a folder', () => {
  const files = new Map([
    [src('std/a.ts'), `import type { B } from './b.ts'\nimport { c } from './c.ts'`],
    [src('std/b.ts'), `import { a } from './a.ts'`],
    [src('std/c.ts'), `import { type A } from './a.ts'\nexport type { A } from './a.ts'`],
  ])
  expect(layerLaw.check(files)).toEqual([])
})

test('tests may import what they test with', () => {
  const files = new Map([
    [src('std/a.test.ts'), `import { z } from 'zod'\nimport '../server/a.ts'\nimport 'node:fs'`],
  ])
  for (const law of [layerLaw, neutralLaw, eraChoiceLaw]) expect(law.check(files)).toEqual([])
})

test('the server and the client each choose an era in one file', () => {
  const files = new Map([
    [src('server/receive.ts'), `import '../eras/session/server.ts'`],
    [src('client/openers.ts'), `import '../eras/stateless/client.ts'`],
    [src('eras/session/server.ts'), `import '../era.ts'`],
  ])
  expect(eraChoiceLaw.check(files)).toEqual([])
})

test('a lock file without the native parts of other platforms is incomplete', () => {
  const tool = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { '@tool/darwin-arm64': '1.0.0' },
  }
  const incomplete = JSON.stringify({ packages: { '': {}, 'node_modules/tool': tool } })
  expect(lockFileLaw.check(new Map([['package-lock.json', incomplete]]))).toEqual([
    expect.stringContaining('node_modules/@tool/darwin-arm64'),
  ])
  const part = { version: '1.0.0' }
  const complete = JSON.stringify({
    packages: { 'node_modules/tool': tool, 'node_modules/@tool/darwin-arm64': part },
  })
  expect(lockFileLaw.check(new Map([['package-lock.json', complete]]))).toEqual([])
})

test('a client bundle that reaches the server is found out; unused code that falls away is none', async () => {
  const sources = {
    '/client/index.ts': `import { a } from '/server/a.ts'\nimport { b } from '/server/b.ts'\nexport const x = a; export type B = typeof b`,
    '/server/a.ts': 'export const a = Math.random()',
    '/server/b.ts': 'export const b = 1',
  }
  const memory = {
    name: 'memory',
    resolveId: (id) => (id in sources ? id : undefined),
    load: (id) => sources[id],
  }
  const { modules, minified } = await bundleAlone('/client/index.ts', [memory])
  expect(
    strangers(
      './client',
      modules.map((id) => id.slice(1)),
    ),
  ).toEqual(['server/a.ts'])
  expect(minified).toBeGreaterThan(0)
})

test('a server bundle that holds the shapes of messages is found out', () => {
  const modules = [
    'server/index.ts',
    'revisions/shapes.ts',
    'shapes/message.ts',
    'revisions/index.ts',
  ]
  expect(strangers('./server', modules)).toEqual(['revisions/shapes.ts', 'shapes/message.ts'])
  expect(strangers('./shapes', modules)).toEqual([])
})

test('a bundle that imports a package without need is found out, also when it does so later', async () => {
  const sources = {
    '/server/index.ts': `import { jwtVerify } from 'jose'\nexport const x = [jwtVerify, () => import('undici')]`,
  }
  const memory = {
    name: 'memory',
    resolveId: (id) => (id in sources ? id : undefined),
    load: (id) => sources[id],
  }
  const bundle = await bundleAlone('/server/index.ts', [memory])
  const of = (subpath, platform) => foreigners({ subpath, platform }, bundle)
  expect(of('./server', 'neutral')).toEqual(['jose', 'undici'])
  expect(of('./client', 'node')).toEqual(['jose'])
  expect(of('./auth/server', 'node')).toEqual([])
  expect(of('./auth/server', 'neutral')).toEqual(['undici'])
  // Whoever has no undici must still be served.
  const eager = { imports: ['undici', 'node:http'], loads: [] }
  expect(foreigners({ subpath: './client', platform: 'node' }, eager)).toEqual(['undici'])
})

test('what serving over stdio loads of Node without need is found out', () => {
  const chunks = [
    { fileName: 'index.js', isEntry: true, imports: ['node:fs', 'shared.js'] },
    { fileName: 'shared.js', isEntry: false, imports: ['node:cluster'] },
    { fileName: 'serve-http.js', isEntry: false, imports: ['node:http'] },
  ]
  expect(tooEarly('./node', chunks)).toEqual(['node:cluster'])
  expect(tooEarly('./client', chunks)).toEqual([])
})
