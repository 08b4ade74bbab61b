import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Confinement, createConfinement } from './confine.ts'
import { defaultLimits } from './limits.ts'
import { listFolder } from './list.ts'
import { readText } from './read.ts'
import { resolveRoots } from './roots.ts'
import { searchContent } from './search-content.ts'
import { readTree } from './tree.ts'
import { makeFolder, moveEntry, writeContent } from './write.ts'

/** Swaps `root/dir` between the real folder and a link to `outside`, and `root/file` likewise, until it is told to stop. */
const swapper = `
const { workerData, parentPort } = require('node:worker_threads')
const fs = require('node:fs')
const { root, outside } = workerData
const dir = root + '/dir', file = root + '/file'
parentPort.postMessage('ready')
const stop = new Int32Array(workerData.stop)
while (Atomics.load(stop, 0) === 0) {
  for (const [name, target] of [[dir, outside], [file, outside + '/secret.txt']]) {
    fs.renameSync(name, name + '.kept')
    try {
      fs.symlinkSync(target, name)
    } catch {
      // the server has just made a folder of that name
    }
    for (let back = false; !back; ) {
      try {
        fs.rmSync(name, { recursive: true, force: true })
        fs.renameSync(name + '.kept', name)
        back = true
      } catch {
        // and again
      }
    }
  }
}`

const durationMs = 2_000
let base: string
let confinement: Confinement

beforeEach(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'mortise-race-')))
  await mkdir(path.join(base, 'root/dir'), { recursive: true })
  await mkdir(path.join(base, 'outside'))
  await writeFile(path.join(base, 'outside/secret.txt'), 'OUTSIDE')
  await writeFile(path.join(base, 'root/dir/secret.txt'), 'inside')
  await writeFile(path.join(base, 'root/file'), 'inside')
  confinement = createConfinement({ roots: await resolveRoots([path.join(base, 'root')]) })
})

afterEach(() => rm(base, { recursive: true, force: true }))

/** Runs the attempts in turn while links are swapped; how each ended, counted. */
async function underAttack(
  attempts: readonly ((round: number) => Promise<unknown>)[],
): Promise<{ results: Set<string>; refused: number }> {
  const stop = new SharedArrayBuffer(4)
  const workerData = { root: path.join(base, 'root'), outside: path.join(base, 'outside'), stop }
  const worker = new Worker(swapper, { eval: true, workerData })
  await once(worker, 'message')
  const results = new Set<string>()
  let refused = 0
  const end = performance.now() + durationMs
  try {
    for (let round = 0; performance.now() < end; round++) {
      for (const attempt of attempts) {
        await attempt(round).then(
          (result) => results.add(JSON.stringify(result) ?? 'done'),
          () => refused++,
        )
      }
    }
  } finally {
    Atomics.store(new Int32Array(stop), 0, 1)
    await once(worker, 'exit')
  }
  return { results, refused }
}

describe.runIf(process.platform === 'linux')('while links are swapped in a loop', () => {
  test('nothing outside is read', async () => {
    const text = (clientPath: string) => (): Promise<string> =>
      confinement.use(clientPath, {}, async (located) => {
        const part = await readText(located, { limits: defaultLimits })
        return part.text
      })
    const { results, refused } = await underAttack([text('dir/secret.txt'), text('file')])
    expect([...results]).toEqual(['"inside"'])
    expect(refused).toBeGreaterThan(0)
  })

  test('nothing outside is listed or searched', async () => {
    await writeFile(path.join(base, 'outside/only-outside.txt'), 'OUTSIDE')
    const { results } = await underAttack([
      () => confinement.use('dir', {}, (located) => listFolder(confinement, located)),
      () => confinement.use('.', {}, (located) => readTree(confinement, located)),
      () =>
        confinement.use('.', {}, (located) =>
          searchContent(confinement, located, { query: 'OUTSIDE' }),
        ),
    ])
    expect(results.size).toBeGreaterThan(0)
    expect([...results].join()).not.toMatch(/only-outside|"text":"OUTSIDE"/)
  })

  test('nothing outside is written, made or replaced', async () => {
    const replaces = undefined
    await underAttack([
      (round) =>
        confinement.use(`dir/new-${round}`, { for: 'write' }, (located) =>
          writeContent(located, { content: 'planted', replaces }),
        ),
      (round) => makeFolder(confinement, `dir/folder-${round}`),
      (round) =>
        confinement.use(`dir/new-${round}`, { follow: false, for: 'write' }, (source) =>
          confinement.use(`dir/moved-${round}`, { follow: false, for: 'write' }, (destination) =>
            moveEntry({ source, destination, replaces }),
          ),
        ),
    ])
    expect(await readdir(path.join(base, 'outside'))).toEqual(['secret.txt'])
    const inside = await readdir(path.join(base, 'root/dir'))
    expect(inside.filter((name) => name.startsWith('moved-')).length).toBeGreaterThan(0)
    expect(inside.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
