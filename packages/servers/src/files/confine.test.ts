import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Confinement, createConfinement } from './confine.ts'
import { openByDescriptors, openByPath } from './directory.ts'
import type { FilesErrorKind } from './errors.ts'
import { defaultLimits } from './limits.ts'
import { listFolder } from './list.ts'
import { readText } from './read.ts'
import { resolveRoots } from './roots.ts'
import { makeFolder, moveEntry, writeContent } from './write.ts'

const secret = 'OUTSIDE'
let base: string

beforeEach(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'mortise-confine-')))
  await mkdir(path.join(base, 'root/dir/deep'), { recursive: true })
  for (const folder of ['outside', 'root2', 'second']) await mkdir(path.join(base, folder))
  await writeFile(path.join(base, 'outside/secret.txt'), secret)
  await writeFile(path.join(base, 'root2/secret.txt'), secret)
  await writeFile(path.join(base, 'second/two.txt'), 'two')
  await writeFile(path.join(base, 'root/inside.txt'), 'inside')
  await writeFile(path.join(base, 'root/dir/file.txt'), 'inside')
  for (const [name, target] of links()) await symlink(target, path.join(base, 'root', name))
})

afterEach(() => rm(base, { recursive: true, force: true }))

/** Links in `root`, by name, with the text that they hold. */
function links(): readonly [name: string, target: string][] {
  const at = (name: string): string => path.join(base, name)
  return [
    ['to-outside', '../outside'],
    ['to-outside-absolute', at('outside')],
    ['to-secret', '../outside/secret.txt'],
    ['to-secret-absolute', at('outside/secret.txt')],
    ['to-parent', '..'],
    ['to-system-root', '/'],
    ['to-etc', '/etc'],
    ['to-sibling', '../root2'],
    ['to-nothing-outside', '../outside/new.txt'],
    ['to-nothing-outside-deep', '../outside/no/new.txt'],
    ['to-nothing-absolute', at('outside/new.txt')],
    ['to-dots', 'dir/../../outside/secret.txt'],
    ['to-many-dots', '../../../../../../../../../../../../etc/passwd'],
    ['chain-1', 'chain-2'],
    ['chain-2', 'chain-3'],
    ['chain-3', '../outside/secret.txt'],
    ['through-link', 'to-outside/secret.txt'],
    ['through-parent', 'to-parent/outside/secret.txt'],
    ['through-dir-link', 'to-dir/../../outside/secret.txt'],
    ['itself', 'itself'],
    ['ring-1', 'ring-2'],
    ['ring-2', 'ring-1'],
    ['process-root', '/proc/self/root/etc/passwd'],
    ['process-folder', '/proc/self/cwd'],
    ['dir/up', '../..'],
    ['dir/deep/up', '../../../outside'],
    ['to-root-and-out', `${at('root')}/../outside/secret.txt`],
    ['to-prefix', at('root2/secret.txt')],
    ['to-dir', 'dir'],
    ['to-dir-absolute', at('root/dir')],
    ['to-file', 'dir/file.txt'],
    ['to-file-round', '../root/dir/file.txt'],
    ['to-second', at('second/two.txt')],
    ['to-second-relative', '../second/two.txt'],
    ['to-nothing-inside', 'dir/new.txt'],
    ['dir/to-sibling-file', '../inside.txt'],
  ]
}

const openers = [
  { name: 'by descriptors', openRoot: openByDescriptors, runs: process.platform === 'linux' },
  { name: 'by path', openRoot: openByPath, runs: true },
].filter(({ runs }) => runs)

type Row = [name: string, path: string | (() => string), ...kinds: FilesErrorKind[]]

const escapes: Row[] = [
  ['one folder up', '..', 'outside'],
  ['a file up', '../outside/secret.txt', 'outside'],
  ['many folders up', '../../../../../../../../../../../../etc/passwd', 'outside'],
  ['down and up', 'dir/../../outside/secret.txt', 'outside'],
  ['down and up beyond a missing folder', 'nothing/../../outside/secret.txt', 'outside'],
  ['up from a file', 'inside.txt/../../outside/secret.txt', 'outside'],
  ['dots and slashes', './/.././/outside//secret.txt', 'outside'],
  ['a final slash', '../outside/', 'outside'],
  ['a final dot', '../outside/.', 'outside'],
  ['an absolute path', () => path.join(base, 'outside/secret.txt'), 'outside'],
  ['an absolute path through the root', () => `${base}/root/../outside/secret.txt`, 'outside'],
  ['an absolute path with two slashes', () => `/${base}/outside/secret.txt`, 'outside'],
  ['the folder above the root', () => base, 'outside'],
  ['the system root', '/', 'outside'],
  ['a system file', '/etc/passwd', 'outside'],
  ['the process file system', '/proc/self/environ', 'outside'],
  ['a descriptor', '/proc/self/fd/0', 'outside'],
  ['a device', '/dev/zero', 'outside'],
  ['a sibling that begins like the root', () => `${base}/root2/secret.txt`, 'outside'],
  ['a sibling that begins like the root, relative', '../root2/secret.txt', 'outside'],
  ['the root with a suffix', () => `${base}/root.txt`, 'outside'],
  ['the root in other letters', () => `${base}/ROOT/../outside/secret.txt`, 'outside'],
  ['an empty path', '', 'invalid'],
  ['a NUL at the end', 'inside.txt\0', 'invalid'],
  ['a NUL before an ending', '../outside/secret.txt\0.png', 'invalid'],
  ['a NUL alone', '\0', 'invalid'],
  ['a path that is too long', 'a/'.repeat(3000), 'invalid'],
  ['a path that is too deep', 'a/'.repeat(200), 'invalid'],
  ['a name that is too long', 'a'.repeat(300), 'invalid'],
  ['percent-encoded dots', '%2e%2e/outside/secret.txt', 'missing'],
  ['percent-encoded slashes', '..%2foutside%2fsecret.txt', 'missing'],
  ['doubly encoded dots', '%252e%252e%252foutside%252fsecret.txt', 'missing'],
  ['an overlong encoding', '%c0%ae%c0%ae/outside/secret.txt', 'missing'],
  ['backslashes', '..\\outside\\secret.txt', 'missing', 'outside'],
  ['mixed slashes', 'dir\\..\\..\\outside/secret.txt', 'missing', 'outside'],
  ['full-width dots', '．．/outside/secret.txt', 'missing'],
  ['a full-width slash', '..／outside／secret.txt', 'missing'],
  ['a two-dot leader', '‥/outside/secret.txt', 'missing'],
  ['dots with an invisible character', '.\u200b./outside/secret.txt', 'missing'],
  ['dots with a space', '.. /outside/secret.txt', 'missing'],
  ['three dots', '.../outside/secret.txt', 'missing'],
  ['four dots', '..../outside/secret.txt', 'missing'],
  ['a home folder', '~/secret.txt', 'missing'],
  ['a named home folder', '~root/.profile', 'missing'],
  ['a variable', '$HOME/.profile', 'missing'],
  ['a URI', () => `file://${base}/outside/secret.txt`, 'missing'],
  ['a drive', 'C:\\Windows\\win.ini', 'missing', 'outside'],
  ['a network share', '\\\\host\\share\\secret.txt', 'missing', 'outside'],
  ['a stream', 'inside.txt::$DATA', 'missing', 'invalid'],
  ['a name after a file', 'inside.txt/secret.txt', 'wrong_kind'],
  ['a link to a folder', 'to-outside', 'outside'],
  ['a link to a folder, absolute', 'to-outside-absolute', 'outside'],
  ['through a link to a folder', 'to-outside/secret.txt', 'outside'],
  ['through an absolute link', 'to-outside-absolute/secret.txt', 'outside'],
  ['a link to a file', 'to-secret', 'outside'],
  ['a link to a file, absolute', 'to-secret-absolute', 'outside'],
  ['a link to the parent', 'to-parent/outside/secret.txt', 'outside'],
  ['a link to the system root', 'to-system-root/etc/passwd', 'outside'],
  ['a link to a system folder', 'to-etc/passwd', 'outside'],
  ['a link to the sibling', 'to-sibling/secret.txt', 'outside'],
  ['a link with the sibling by its path', 'to-prefix', 'outside'],
  ['a link to nothing outside', 'to-nothing-outside', 'outside'],
  ['a link to nothing outside, deep', 'to-nothing-outside-deep', 'outside'],
  ['a link to nothing outside, absolute', 'to-nothing-absolute', 'outside'],
  ['below a link to nothing outside', 'to-nothing-outside/x', 'outside'],
  ['a link with dots', 'to-dots', 'outside'],
  ['a link with many dots', 'to-many-dots', 'outside'],
  ['a chain of links', 'chain-1', 'outside'],
  ['a link through a link', 'through-link', 'outside'],
  ['a link through a link to the parent', 'through-parent', 'outside'],
  ['a link through a link inside, then up', 'through-dir-link', 'outside'],
  ['a link in a folder', 'dir/up/outside/secret.txt', 'outside'],
  ['a link two folders down', 'dir/deep/up/secret.txt', 'outside'],
  ['a link by the root and up', 'to-root-and-out', 'outside'],
  ['a link through the process file system', 'process-root', 'outside'],
  ["a link to the process's folder", 'process-folder/package.json', 'outside'],
  ['a link to itself', 'itself', 'invalid'],
  ['below a link to itself', 'itself/x', 'invalid'],
  ['a ring of links', 'ring-1', 'invalid'],
]

// RES-18 (server/resources, "Security Considerations")
describe.each(openers)('confined $name', ({ openRoot }) => {
  const open = async (): Promise<Confinement> =>
    createConfinement({
      roots: await resolveRoots([path.join(base, 'root'), path.join(base, 'second')]),
      openRoot,
    })
  const read = async (clientPath: string): Promise<string> => {
    const confinement = await open()
    return confinement.use(clientPath, {}, async (located) => {
      const { text } = await readText(located, { limits: defaultLimits })
      return text
    })
  }

  test.each(escapes)(
    '%s is not read, listed, written, made or moved',
    async (_, given, ...kinds) => {
      const clientPath = typeof given === 'string' ? given : given()
      const confinement = await open()
      const before = await snapshot()
      const attempts = {
        read: () => read(clientPath),
        list: () => confinement.use(clientPath, {}, (located) => listFolder(confinement, located)),
        write: () =>
          confinement.use(clientPath, { for: 'write' }, (located) =>
            writeContent(located, { content: 'planted', replaces: undefined }),
          ),
        make: () => makeFolder(confinement, clientPath),
        moveTo: () =>
          confinement.use('inside.txt', { follow: false, for: 'write' }, (source) =>
            confinement.use(clientPath, { follow: false, for: 'write' }, (destination) =>
              moveEntry({ source, destination, replaces: undefined }),
            ),
          ),
      }
      await expect(attempts.read()).rejects.toSatisfy((error) => kinds.includes(error.kind))
      for (const attempt of Object.values(attempts)) {
        const outcome = await attempt().catch((error: unknown) => error)
        expect(JSON.stringify(outcome) ?? '').not.toContain(secret)
        expect(String(outcome)).not.toContain(secret)
      }
      expect(await snapshot()).toEqual(before)
    },
  )

  test('whatever names are put together, what is reached lies in a root', async () => {
    const confinement = await open()
    const parts = [
      '..',
      '.',
      '',
      'dir',
      'deep',
      'up',
      'inside.txt',
      'outside',
      'secret.txt',
      'root',
    ]
    const name = fc.constantFrom(...parts, ...links().map(([link]) => link))
    const start = fc.constantFrom('', '/', `${base}/`, `${base}/root/`, `${base}/second/`)
    await fc.assert(
      fc.asyncProperty(start, fc.array(name, { maxLength: 8 }), async (from, names) => {
        const clientPath = from + names.join('/')
        const reached = await confinement
          .use(clientPath, {}, async (located) => ({
            shown: located.path,
            real: located.stat && (await realpath(located.directory.at(located.name))),
          }))
          .catch(() => undefined)
        if (reached === undefined) return
        for (const found of [reached.shown, reached.real ?? reached.shown]) {
          expect(`${found}/`).toMatch(new RegExp(`^${base}/(?:root|second)/`))
        }
      }),
      { numRuns: 1000 },
    )
  })

  const allowed: [name: string, path: string | (() => string), text: string][] = [
    ['a relative path', 'dir/file.txt', 'inside'],
    ['an absolute path', () => `${base}/root/inside.txt`, 'inside'],
    ['a path that leaves and comes back', '../root/inside.txt', 'inside'],
    ['a path with dots', './dir/../inside.txt', 'inside'],
    ['another root', () => `${base}/second/two.txt`, 'two'],
    ['a link to a file', 'to-file', 'inside'],
    ['a link to a folder', 'to-dir/file.txt', 'inside'],
    ['an absolute link to a folder', 'to-dir-absolute/file.txt', 'inside'],
    ['a link that leaves and comes back', 'to-file-round', 'inside'],
    ['a link from a folder', 'to-dir/to-sibling-file', 'inside'],
    ['a link to another root', 'to-second', 'two'],
    ['a relative link to another root', 'to-second-relative', 'two'],
  ]
  test.each(allowed)('%s inside is read', async (_, given, text) => {
    expect(await read(typeof given === 'string' ? given : given())).toBe(text)
  })

  test('a link to nothing inside is written where it points', async () => {
    const confinement = await open()
    await confinement.use('to-nothing-inside', { for: 'write' }, (located) =>
      writeContent(located, { content: 'new', replaces: undefined }),
    )
    expect(await readFile(path.join(base, 'root/dir/new.txt'), 'utf8')).toBe('new')
  })

  test('a root that is given by a link may be named by that link', async () => {
    const alias = path.join(base, 'alias')
    await symlink(path.join(base, 'root'), alias)
    const confinement = createConfinement({ roots: await resolveRoots([alias]), openRoot })
    const shown = await confinement.use(`${alias}/dir`, {}, async (located) => located.path)
    expect(shown).toBe(path.join(base, 'root/dir'))
  })

  test('a link to a root that was put in its place later is not followed', async () => {
    const confinement = await open()
    await rm(path.join(base, 'root'), { recursive: true })
    await symlink(path.join(base, 'outside'), path.join(base, 'root'))
    await expect(
      confinement.use('secret.txt', {}, (located) => readText(located, { limits: defaultLimits })),
    ).rejects.toMatchObject({ kind: expect.stringMatching(/wrong_kind|changed/) })
  })

  test('a path at maxPathDepth is looked for, one folder more is refused', async () => {
    const limits = { ...defaultLimits, maxPathDepth: 2 }
    const roots = await resolveRoots([path.join(base, 'root')])
    const confinement = createConfinement({ roots, openRoot, limits })
    const name = (clientPath: string): Promise<string> =>
      confinement.use(clientPath, {}, async (located) => located.name)
    expect(await name('dir/deep')).toBe('deep')
    await expect(name('dir/deep/x')).rejects.toThrow('too deep')
  })

  test('a path through maxLinks links is followed, through one more it is refused', async () => {
    await symlink('inside.txt', path.join(base, 'root/hop-0'))
    for (let hop = 1; hop <= defaultLimits.maxLinks; hop++) {
      await symlink(`hop-${hop - 1}`, path.join(base, `root/hop-${hop}`))
    }
    expect(await read(`hop-${defaultLimits.maxLinks - 1}`)).toBe('inside')
    await expect(read(`hop-${defaultLimits.maxLinks}`)).rejects.toThrow('too many symbolic links')
  })

  test('no descriptor stays open, whatever the outcome', async () => {
    const count = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    if (process.platform !== 'linux') return
    await read('dir/file.txt')
    const before = await count()
    for (const [, given] of escapes.slice(0, 78)) {
      await read(typeof given === 'string' ? given : given()).catch(() => undefined)
    }
    expect(await count()).toBeLessThanOrEqual(before)
  })
})

describe('roots', () => {
  test('must exist and be folders', async () => {
    await expect(resolveRoots([])).rejects.toThrow('at least one folder')
    await expect(resolveRoots([path.join(base, 'no')])).rejects.toThrow('does not exist')
    await expect(resolveRoots([path.join(base, 'root/inside.txt')])).rejects.toThrow('not a folder')
  })

  test('given twice count once', async () => {
    const root = path.join(base, 'root')
    expect(await resolveRoots([root, `${root}/dir/..`, path.join(root, 'to-dir')])).toHaveLength(2)
  })

  test('of which one is the system root allow everything below it', async () => {
    const confinement = createConfinement({ roots: await resolveRoots(['/']) })
    const target = path.join(base, 'root/to-secret')
    const text = await confinement.use(target, {}, async (located) => {
      const part = await readText(located, { limits: defaultLimits })
      return part.text
    })
    expect(text).toBe(secret)
  })
})

async function snapshot(): Promise<unknown> {
  const found: Record<string, unknown> = {}
  for (const folder of ['outside', 'root2', '.']) {
    found[folder] = (await readdir(path.join(base, folder))).toSorted()
  }
  found.secret = await readFile(path.join(base, 'outside/secret.txt'), 'utf8')
  found.sibling = await readFile(path.join(base, 'root2/secret.txt'), 'utf8')
  return found
}
