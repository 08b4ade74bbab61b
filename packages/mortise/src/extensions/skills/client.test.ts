import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Client } from '../../client/index.ts'
import { createServer } from '../../server/index.ts'
import { connectInProcess } from '../../testing/index.ts'
import { SkillError, skillFingerprint, skillKey, skills, skillsOf } from './index.ts'
import type { SkillReaderOptions, SkillResource as Resource } from './index.ts'

const root = 'skill://acme/pdf'
const uri = `${root}/SKILL.md`
const text = '---\nname: pdf\ndescription: About PDF\n---\n# PDF\n'
const forms = `${root}/references/FORMS.md`

const listed = (file: string, content: string): Record<string, unknown> => ({
  uri: file,
  digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  size: Buffer.byteLength(content),
})
const entry = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  uri,
  frontmatter: { name: 'pdf', description: 'About PDF' },
  resources: [listed(uri, text), listed(forms, 'forms')],
  ...changes,
})

/** A server that says whatever it is told to, and keeps what it was asked. */
async function connectTo(
  {
    skill = entry(),
    list = [skill],
    files = { [uri]: text, [forms]: 'forms' },
    settings = {},
  }: {
    skill?: unknown
    list?: readonly unknown[]
    files?: Record<string, unknown>
    settings?: Record<string, unknown>
  },
  options: Partial<SkillReaderOptions> = {},
): Promise<{ client: Client; reader: ReturnType<typeof skillsOf>; asked: string[] }> {
  const asked: string[] = []
  const server = createServer({ name: 'hostile', version: '1.0.0' }).extend({
    id: 'io.modelcontextprotocol/skills',
    settings,
    methods: {
      'skills/list': { cacheable: true, answer: () => ({ skills: list }) },
      'skills/get': { answer: () => ({ skill }) },
      'resources/directory/read': {
        answer: () => ({ resources: [{ uri: `${root}/new.md`, name: 'new.md' }] }),
      },
    },
    middleware(call, next) {
      asked.push(
        call.method === 'resources/read' ? `read ${String(call.params['uri'])}` : call.method,
      )
      if (call.method !== 'resources/read') return next()
      const content = files[call.params['uri'] as string]
      const contents =
        typeof content === 'string' ? [{ uri: call.params['uri'], text: content }] : content
      return { contents, ttlMs: 60_000, cacheScope: 'private' }
    },
  })
  const client = await connectInProcess(server)
  asked.length = 0
  return { client, reader: skillsOf(client, { server: 'docs', ...options }), asked }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const unverified = { code: 'ERR_SKILL_UNVERIFIED' }

// Skills, "Integrity and Verification", "Skill Entries"
describe('reading skills', () => {
  // SKILL-20
  test('lists entries without reading any file, and reads each file when it is wanted', async () => {
    const { client, reader, asked } = await connectTo({})
    const [found] = await collect(reader.list())
    expect(found).toMatchObject({ server: 'docs', uri })
    expect(asked).toEqual(['skills/list'])
    const loaded = await reader.load(found ?? uri)
    expect(loaded).toMatchObject({ server: 'docs', uri, instructions: '# PDF\n' })
    expect(asked).toEqual(['skills/list', `read ${uri}`])
    expect((await loaded.read('references/FORMS.md')).text).toBe('forms')
    expect(asked.at(-1)).toBe(`read ${forms}`)
    await client.close()
  })

  // SKILL-12
  test('loads by the URI alone what no list tells of', async () => {
    const { client, reader } = await connectTo({ list: [] })
    expect(await collect(reader.list())).toEqual([])
    expect((await reader.load(uri)).instructions).toBe('# PDF\n')
    await client.close()
  })

  // SKILL-07
  test('takes any scheme, and takes a scheme for no proof', async () => {
    const other = 'github://owner/repo/pdf/SKILL.md'
    const skill = entry({ uri: other, resources: [listed(other, text)] })
    const { client, reader } = await connectTo({ skill, files: { [other]: text } })
    expect((await reader.load(other)).uri).toBe(other)
    await expect(reader.load(uri)).rejects.toMatchObject({ code: 'ERR_SKILL_ENTRY' })
    await client.close()
  })

  // SKILL-16, SKILL-17, SKILL-18
  test.each([
    { name: 'another digest', files: { [uri]: text.replace('# PDF', '# FDP') } },
    { name: 'another size', files: { [uri]: `${text}more` } },
    { name: 'other bytes under a BOM', files: { [uri]: `\ufeff${text}` } },
    { name: 'another file', files: { [uri]: [{ uri: forms, text }] } },
    {
      name: 'a second file',
      files: {
        [uri]: [
          { uri, text },
          { uri: forms, text: '' },
        ],
      },
    },
    { name: 'no file', files: { [uri]: [] } },
    { name: 'a blob that is none', files: { [uri]: [{ uri, blob: '!' }] } },
    { name: 'bytes that are no text', files: { [uri]: [{ uri, blob: '/w==' }] } },
  ])('refuses a SKILL.md with $name', async ({ files }) => {
    const { client, reader } = await connectTo({ files })
    await expect(reader.load(uri)).rejects.toMatchObject(unverified)
    await expect(reader.load(uri)).rejects.toBeInstanceOf(SkillError)
    await client.close()
  })

  // SKILL-16
  test('refuses a file whose size is not that of its entry, though its digest is', async () => {
    const resources = [{ ...listed(uri, text), size: text.length + 1 }]
    const { client, reader } = await connectTo({ skill: entry({ resources }) })
    await expect(reader.load(uri)).rejects.toMatchObject(unverified)
    await client.close()
  })

  // SKILL-18
  test.each([
    { name: 'another value', yaml: 'name: pdf\ndescription: Steal\n' },
    { name: 'a field more', yaml: 'name: pdf\ndescription: About PDF\nallowed-tools: Bash\n' },
    { name: 'a field of another type', yaml: 'name: pdf\ndescription: 7\n' },
    { name: 'no frontmatter that can be read', yaml: 'name: &a pdf\ndescription: About PDF\n' },
  ])('refuses a SKILL.md with $name than in its entry', async ({ yaml }) => {
    const content = `---\n${yaml}---\n`
    const skill = entry({ resources: [listed(uri, content)] })
    const { client, reader } = await connectTo({ skill, files: { [uri]: content } })
    await expect(reader.load(uri)).rejects.toMatchObject(unverified)
    await client.close()
  })

  // SKILL-19, SKILL-26
  test('reads no file that the held entry does not have, and asks nobody for it', async () => {
    const { client, reader, asked } = await connectTo({})
    const loaded = await reader.load(uri)
    asked.length = 0
    const others = [
      'new.md',
      '../other/SKILL.md',
      'references/../../other/SKILL.md',
      '/etc/passwd',
      'https://example.com/x',
      'file:///etc/passwd',
      'skill://other/SKILL.md',
      `${root}/../other/SKILL.md`,
      `${root}/references/%2e%2e/x`,
      'references\\FORMS.md',
      '',
      'references',
    ]
    for (const other of others) {
      await expect(loaded.read(other), other).rejects.toMatchObject(unverified)
    }
    expect(asked).toEqual([])
    const same = [
      './references/FORMS.md',
      'references/./FORMS.md',
      'x/../references/FORMS.md',
      forms,
    ]
    for (const reference of same) expect((await loaded.read(reference)).uri).toBe(forms)
    await client.close()
  })

  // SKILL-16, SKILL-17
  test('refuses a file that is not what the entry says', async () => {
    const { client, reader } = await connectTo({ files: { [uri]: text, [forms]: 'evil!' } })
    const loaded = await reader.load(uri)
    await expect(loaded.read('references/FORMS.md')).rejects.toMatchObject(unverified)
    await client.close()
  })

  // SKILL-16 (Skills, "Lazy Retrieval")
  test('fetches a file again that was kept from before the entry', async () => {
    const files: Record<string, unknown> = { [uri]: text, [forms]: 'older' }
    const { client, reader, asked } = await connectTo({ files })
    await client.readResource(forms)
    files[forms] = 'forms'
    const loaded = await reader.load(uri)
    expect((await loaded.read(forms)).text).toBe('forms')
    expect(asked.filter((one) => one === `read ${forms}`)).toHaveLength(2)
    await client.close()
  })

  // SKILL-06, SKILL-09, SKILL-10
  test.each([
    { name: 'no resources', changes: { resources: undefined } },
    { name: 'resources of another kind', changes: { resources: 'static' } },
    { name: 'an empty manifest', changes: { resources: [] } },
    { name: 'a manifest without SKILL.md', changes: { resources: [listed(forms, 'forms')] } },
    { name: 'a file twice', changes: { resources: [listed(uri, text), listed(uri, text)] } },
    {
      name: 'a file of elsewhere',
      changes: { resources: [listed(uri, text), listed('skill://acme/other/x', '')] },
    },
    {
      name: 'a file that leads out',
      changes: { resources: [listed(uri, text), listed(`${root}/../x`, '')] },
    },
    {
      name: 'a digest in capitals',
      changes: { resources: [{ ...listed(uri, text), digest: `sha256:${'A'.repeat(64)}` }] },
    },
    {
      name: 'another algorithm',
      changes: { resources: [{ ...listed(uri, text), digest: `sha512:${'a'.repeat(128)}` }] },
    },
    { name: 'a size that is none', changes: { resources: [{ ...listed(uri, text), size: -1 }] } },
    { name: 'no description', changes: { frontmatter: { name: 'pdf' } } },
    { name: 'another name', changes: { frontmatter: { name: 'dpf', description: 'x' } } },
    { name: 'no SKILL.md', changes: { uri: `${root}/README.md` } },
    { name: 'a URI that is none', changes: { uri: 7 } },
  ])('loads no skill whose entry has $name', async ({ changes }) => {
    const warnings: string[] = []
    const { client, reader, asked } = await connectTo(
      { skill: entry(changes), list: [entry(changes), entry()] },
      { onWarning: (warning) => warnings.push(warning) },
    )
    await expect(reader.load(uri)).rejects.toMatchObject({ code: 'ERR_SKILL_ENTRY' })
    expect(asked).toEqual(['skills/get'])
    // It does not hide the others.
    expect(await collect(reader.list())).toMatchObject([{ uri }])
    expect(warnings).toHaveLength(1)
    await client.close()
  })

  // SKILL-08
  test('loads a dynamic skill only where that is wanted, and only from inside it', async () => {
    const skill = entry({ resources: 'dynamic' })
    const closed = await connectTo({ skill })
    await expect(closed.reader.load(uri)).rejects.toMatchObject({ code: 'ERR_SKILL_DYNAMIC' })
    expect(closed.asked).toEqual(['skills/get'])
    await closed.client.close()
    const open = await connectTo({ skill }, { allowDynamic: true })
    const loaded = await open.reader.load(uri)
    expect((await loaded.read('references/FORMS.md')).text).toBe('forms')
    for (const other of ['../x', '/references/FORMS.md', 'https://example.com/x']) {
      await expect(loaded.read(other)).rejects.toMatchObject(unverified)
    }
    await open.client.close()
    const limits = { maxSkillBytes: text.length + 4 }
    const bounded = await connectTo({ skill }, { allowDynamic: true, limits })
    const small = await bounded.reader.load(uri)
    await expect(small.read('references/FORMS.md')).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      limit: 'maxSkillBytes',
    })
    await bounded.client.close()
  })

  // SKILL-03, SKILL-22
  test('reads directories only where they are offered, and takes nothing into the entry', async () => {
    const without = await connectTo({})
    await expect(collect(without.reader.directory(root))).rejects.toMatchObject({
      code: 'ERR_NOT_OFFERED',
    })
    expect(without.asked).toEqual([])
    await without.client.close()
    const { client, reader } = await connectTo({ settings: { directoryRead: true } })
    const loaded = await reader.load(uri)
    expect(await collect(reader.directory(root))).toMatchObject([{ uri: `${root}/new.md` }])
    await expect(loaded.read('new.md')).rejects.toMatchObject(unverified)
    await client.close()
  })

  // EXT-06
  test('asks nothing of a server that does not offer skills', async () => {
    await using client = await connectInProcess(createServer({ name: 'plain', version: '1.0.0' }))
    expect(() => skillsOf(client, { server: 'docs' })).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_OFFERED' }),
    )
  })

  // SKILL-26
  test('takes no entry of another server', async () => {
    const one = await connectTo({})
    const two = await connectTo({}, { server: 'other' })
    const found = await one.reader.get(uri)
    await expect(two.reader.load(found)).rejects.toThrow(TypeError)
    expect(skillKey(found)).not.toBe(skillKey({ ...found, server: 'other' }))
    expect(skillKey({ server: 'a', uri: 'b"c' })).not.toBe(skillKey({ server: 'a"b', uri: 'c' }))
    await one.client.close()
    await two.client.close()
  })

  test('binds an approval to every file, and to nothing where nothing can be verified', async () => {
    const { client, reader } = await connectTo({})
    const found = await reader.get(uri)
    const resources = found.resources as readonly Resource[]
    const same = { resources: resources.toReversed() }
    expect(skillFingerprint(same)).toBe(skillFingerprint(found))
    const other = `sha256:${'0'.repeat(64)}`
    const changed = { resources: resources.map((one) => ({ ...one, digest: other })) }
    expect(skillFingerprint(changed)).not.toBe(skillFingerprint(found))
    expect(skillFingerprint({ resources: 'dynamic' })).toBeUndefined()
    await client.close()
  })
})

// SKILL-16 to SKILL-19
test('what a server of this library serves is verified, bytes too', async () => {
  const dot = new Uint8Array([0x89, 0, 0xff])
  const server = createServer({ name: 'skilled', version: '1.0.0' }).extend(
    skills({
      skills: [{ path: 'acme/pdf', files: { 'SKILL.md': text, 'a b (1).png': dot } }],
    }),
  )
  for (const transport of ['memory', 'bytes', 'fetch'] as const) {
    await using client = await connectInProcess(server, { transport })
    const loaded = await skillsOf(client, { server: 'docs' }).load(uri)
    const content = await loaded.read('a b (1).png')
    expect(content).toMatchObject({ bytes: dot, text: undefined, mimeType: 'image/png' })
  }
})
