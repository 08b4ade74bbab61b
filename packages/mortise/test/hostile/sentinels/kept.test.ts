import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../../src/node/client.ts'
import { createFileStore } from '../../../src/node/file-key-value.ts'
import { startPlace } from './place.ts'
import { sentinels } from './sentinels.ts'
import { watchUser } from './user.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see, seeFailure } = witness
const { createUser, join } = watchUser(witness)

test('every input has a sentinel of its own, and there are more than forty', () => {
  const values = Object.values(sentinels)
  expect(values.length).toBeGreaterThan(40)
  expect(new Set(values).size).toBe(values.length)
})

test.each([
  ['is cut', (text: string) => text.slice(0, -20)],
  ['is no JSON', (text: string) => `x${text}`],
  ['is of somebody else', () => JSON.stringify({ secret: sentinels['refresh token'] })],
])('a store whose file %s shows no secret', async (_name, change) => {
  const folder = await mkdtemp(joinPath(tmpdir(), 'mortise-kept-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const place = await startPlace(witness)
  await (await join(place, { auth: createUser({ store: createFileStore(folder) }) })).close()
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  let isKept = false
  for (const file of files.filter((one) => one.isFile())) {
    const path = joinPath(file.parentPath, file.name)
    // What is called like a secret is in every listing of the folder.
    see('the name of a file', file.name)
    const text = await readFile(path, 'utf8')
    isKept ||= text.includes(bring('refresh token'))
    await writeFile(path, change(text))
  }
  expect(isKept).toBe(true)
  const store = createFileStore(folder)
  const auth = createUser({ store })
  await join(place, { auth }).then(
    (client) => client.close(),
    (error: unknown) => see('connect', error),
  )
  await auth.signOut(place.url).catch((error: unknown) => see('a sign-out', error))
  see('the store', store)
  expect(witness.leaks()).toEqual([])
})

test('a folder that is none shows no secret', async () => {
  const place = await startPlace(witness)
  const store = createFileStore('/dev/null/folder')
  await seeFailure('connect', join(place, { auth: createUser({ store }) }))
  expect(witness.leaks()).toEqual([])
})

test.each([
  ['is not there', 'no-such-program', []],
  ['ends at once', process.execPath, ['-e', 'process.exit(3)']],
  [
    'says what it does not know',
    process.execPath,
    ['-e', 'console.log("not json"); setTimeout(() => {}, 200)'],
  ],
])(
  'a program that %s is told of without its arguments and environment',
  async (_name, command, args) => {
    const env = { TOKEN: bring('environment of a started server') }
    const hidden = ['--', bring('client secret')]
    await seeFailure(
      'connect',
      connect(
        { command, args: [...args, ...hidden], env },
        {
          onWarning: (warning) => see('onWarning', warning),
          onStatus: (status) => see('onStatus', status),
        },
      ),
    )
    expect(witness.leaks()).toEqual([])
  },
)

test.each(['session', 'stateless'] as const)(
  'a conversation of the %s era is told of without headers and ids',
  async (era) => {
    const place = await startPlace(witness)
    const client = await join(place, { auth: createUser(), era })
    await client.call('read')
    place.instead.set('/mcp', (response) => void response.socket?.destroy())
    await seeFailure('a call', client.call('read'))
    see('the client', client)
    await client.close()
    for (const line of place.wire) {
      witness.secret('id of the session', /"mcp-session-id":"([^"]+)"/.exec(line)?.[1])
    }
    expect([...witness.made].includes('id of the session')).toBe(era === 'session')
    expect(witness.leaks()).toEqual([])
  },
)
