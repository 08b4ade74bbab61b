import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Client } from 'mortise/client'
import { connect } from 'mortise/client'
import { afterEach, expect, test, vi } from 'vitest'
import type { FilesOptions } from './options.ts'
import { createFilesServer } from './server.ts'
import { createTestFolder } from '../../test/test-folder.ts'
import { createWatch } from './watch.ts'

const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

interface Watching {
  readonly folder: string
  readonly client: Client
  /** Subscribes to a path; gives what was heard of it. */
  listen(name: string): Promise<string[]>
  write(name: string, text: string): Promise<void>
}

async function open(
  files: Readonly<Record<string, string>>,
  settings: Omit<FilesOptions, 'roots'> = {},
): Promise<Watching> {
  const own = await createTestFolder(files)
  const server = await createFilesServer({ roots: [own.path], ...settings })
  const client = await connect(server)
  endings.push(
    () => client.close(),
    () => server.close(),
    () => own.remove(),
  )
  return {
    folder: own.path,
    client,
    async listen(name) {
      const heard: string[] = []
      const { href } = pathToFileURL(path.join(own.path, name))
      await client.subscribe(href, (uri) => heard.push(uri))
      return heard
    },
    write: (name, text) => writeFile(path.join(own.path, name), text),
  }
}

/** Changes something again and again until it is heard of: a watcher begins some turns after its subscription. */
async function heardAfter(heard: readonly string[], change: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(
    async () => {
      await change()
      await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), { timeout: 200 })
    },
    { timeout: 10_000 },
  )
}

test('a file that is written is told of', async () => {
  const { listen, write, folder } = await open({ 'a.txt': 'one' })
  const heard = await listen('a.txt')
  await heardAfter(heard, () => write('a.txt', 'two'))
  expect(new Set(heard)).toEqual(new Set([pathToFileURL(path.join(folder, 'a.txt')).href]))
})

test('a file over which another one is renamed is told of, each time', async () => {
  const { listen, write, folder } = await open({ 'a.txt': 'one' })
  const heard = await listen('a.txt')
  const save = async (): Promise<void> => {
    await write('.a.txt.swp', 'new')
    await rename(path.join(folder, '.a.txt.swp'), path.join(folder, 'a.txt'))
  }
  for (let time = 0; time < 3; time++) {
    heard.length = 0
    await heardAfter(heard, save)
  }
})

test('a file that is made, or taken away, is told of', async () => {
  const { listen, write, folder } = await open({ 'here.txt': '' })
  const made = await listen('later.txt')
  await heardAfter(made, () => write('later.txt', 'now'))
  const gone = await listen('here.txt')
  await heardAfter(gone, async () => {
    await write('here.txt', 'again')
    await rm(path.join(folder, 'here.txt'))
  })
})

test('of a folder its entries are told of, and of another file nothing', async () => {
  const { listen, write, folder } = await open({ 'sub/a.txt': '', 'b.txt': '' })
  const sub = await listen('sub')
  const whole = await listen('.')
  const other = await listen('b.txt')
  await heardAfter(sub, () => write('sub/new.txt', String(Math.random())))
  await heardAfter(whole, () =>
    mkdir(path.join(folder, `made-${whole.length}`), { recursive: true }),
  )
  await heardAfter(whole, () => write('c.txt', 'more'))
  expect(other).toEqual([])
})

test('many changes at once are told of as few', async () => {
  const { listen, write, folder } = await open({ 'a.txt': '' })
  const heard = await listen('a.txt')
  await heardAfter(heard, () => write('a.txt', 'begun'))
  heard.length = 0
  await heardAfter(heard, async () => {
    for (let time = 0; time < 200; time++) await appendFile(path.join(folder, 'a.txt'), 'x')
  })
  expect(heard.length).toBeLessThan(50)
})

test('what is kept back, or lies outside, is never told of', async () => {
  const outside = await createTestFolder({ 'secret.txt': '' })
  endings.push(() => outside.remove())
  const { listen, write, folder } = await open({ '.env': '', 'a.txt': '', 'sub/b.txt': '' })
  await symlink(path.join(outside.path, 'secret.txt'), path.join(folder, 'link.txt'))
  const hidden = await listen('.env')
  const linked = await listen('link.txt')
  const inside = await listen('sub')
  const near = await listen('a.txt')
  // Whatever is heard of `a.txt` was told after what happened before it.
  await heardAfter(near, async () => {
    await write('.env', 'KEY=1')
    await write('sub/.env', 'KEY=1')
    await writeFile(path.join(outside.path, 'secret.txt'), 'told')
    await write('a.txt', String(Math.random()))
  })
  expect([hidden, linked, inside]).toEqual([[], [], []])
})

test('a link inside the folder leads to what is watched', async () => {
  const { listen, write, folder } = await open({ 'real/a.txt': '' })
  await symlink(path.join(folder, 'real'), path.join(folder, 'link'))
  const heard = await listen('link/a.txt')
  await heardAfter(heard, () => write('real/a.txt', String(Math.random())))
})

test('so many are watched and no more, and one that is let go makes room', async () => {
  const {
    confinement,
    path: folder,
    remove,
  } = await createTestFolder({ 'a.txt': '', 'b.txt': '' }, { limits: { maxWatched: 1 } })
  endings.push(remove)
  const watch = createWatch(confinement)
  const uri = (name: string): string => pathToFileURL(path.join(folder, name)).href
  const stop = watch(uri('a.txt'), () => {})
  expect(() => watch(uri('b.txt'), () => {})).toThrow('at most 1')
  stop()
  stop()
  const again = watch(uri('b.txt'), () => {})
  expect(() => watch(uri('a.txt'), () => {})).toThrow('at most 1')
  again()
})

test('a file that is no longer subscribed to is no longer watched', async () => {
  const { confinement, path: folder, remove } = await createTestFolder({ 'a.txt': '' })
  endings.push(remove)
  const watch = createWatch(confinement)
  const heard: string[] = []
  const { href } = pathToFileURL(path.join(folder, 'a.txt'))
  const stop = watch(href, () => heard.push('stopped'))
  const other = watch(href, () => heard.push('other'))
  stop()
  await heardAfter(heard, () => writeFile(path.join(folder, 'a.txt'), String(Math.random())))
  other()
  expect(new Set(heard)).toEqual(new Set(['other']))
})
