import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import type { Server } from '../../server/index.ts'
import { connectInProcess } from '../../testing/index.ts'
import { readsSkills, skills } from './index.ts'
import type { SkillsOptions, SkillSource } from './index.ts'

const skillMd = (name: string, more = ''): string =>
  `---\nname: ${name}\ndescription: About ${name}\n${more}---\n# ${name}\n`

const pdf: SkillSource = {
  path: 'acme/pdf',
  files: {
    'SKILL.md': skillMd('pdf', 'metadata:\n  version: "1.0"\n'),
    'references/FORMS.md': 'forms',
    'references/deep/MORE.md': 'more',
    'assets/dot.png': new Uint8Array([0x89, 0x50, 0xff]),
    'a b%.txt': 'blank',
  },
}

function serve(
  options: SkillsOptions,
  others: Partial<Parameters<typeof createServer>[0]> = {},
): Server {
  const server = createServer({ name: 'skilled', version: '1.0.0', ...others })
  return server.extend(skills(options))
}

const digest = (content: string): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

// Skills, "Listing Skills", "Getting a Skill", "Reading Directories"
describe('a server with skills', () => {
  // SKILL-01, SKILL-02, EXT-02, EXT-04
  test('declares them, what they can do, and resources', async () => {
    await using client = await connectInProcess(serve({ skills: [pdf] }))
    expect(client.server.capabilities).toMatchObject({
      resources: {},
      extensions: { 'io.modelcontextprotocol/skills': { directoryRead: true } },
    })
    await using plain = await connectInProcess(serve({ skills: [pdf], directoryRead: false }))
    expect(plain.server.capabilities.extensions).toEqual({ 'io.modelcontextprotocol/skills': {} })
    const read = plain.request('resources/directory/read', { uri: 'skill://acme/pdf' })
    await expect(read).rejects.toMatchObject({ rpcCode: -32601 })
  })

  // SKILL-05, SKILL-06, SKILL-08, SKILL-11
  test('lists whole entries, with digests, sizes and how long they are good', async () => {
    const server = serve({ skills: [pdf], cache: { ttlMs: 5_000, scope: 'public' } })
    await using client = await connectInProcess(server)
    const { _meta, ...result } = await client.request('skills/list')
    const [skill] = result['skills'] as {
      readonly resources: readonly { readonly uri: string }[]
    }[]
    expect(result).toMatchObject({ resultType: 'complete', ttlMs: 5_000, cacheScope: 'public' })
    expect(skill).toMatchObject({
      uri: 'skill://acme/pdf/SKILL.md',
      frontmatter: { name: 'pdf', description: 'About pdf', metadata: { version: '1.0' } },
    })
    expect(skill?.resources.map(({ uri }) => uri)).toEqual([
      'skill://acme/pdf/SKILL.md',
      'skill://acme/pdf/a%20b%25.txt',
      'skill://acme/pdf/assets/dot.png',
      'skill://acme/pdf/references/FORMS.md',
      'skill://acme/pdf/references/deep/MORE.md',
    ])
    expect(skill?.resources[3]).toEqual({
      uri: 'skill://acme/pdf/references/FORMS.md',
      digest: digest('forms'),
      size: 5,
    })
  })

  // SKILL-11
  test('says so too where nothing may be kept, and splits no entry between pages', async () => {
    const many = ['a', 'b', 'c'].map((name) => ({
      path: name,
      files: { 'SKILL.md': skillMd(name) },
    }))
    const server = serve({ skills: many }, { limits: { pageSize: 2 } })
    await using client = await connectInProcess(server)
    const first = await client.request('skills/list')
    expect(first).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
    expect(first['skills']).toHaveLength(2)
    const second = await client.request('skills/list', { cursor: first['nextCursor'] })
    expect(second['skills']).toMatchObject([{ uri: 'skill://c/SKILL.md' }])
    expect(second).not.toHaveProperty('nextCursor')
    const wrong = client.request('skills/list', { cursor: 'x' })
    await expect(wrong).rejects.toMatchObject({ rpcCode: -32602 })
  })

  // SKILL-13, T-23
  test('gives the entry of each one, listed or not, and of no other', async () => {
    const hidden = { path: 'hidden', files: { 'SKILL.md': skillMd('hidden') }, listed: false }
    await using client = await connectInProcess(serve({ skills: [pdf, hidden] }), {
      transport: 'fetch',
    })
    const listed = await client.request('skills/list')
    expect(listed['skills']).toHaveLength(1)
    const uri = 'skill://hidden/SKILL.md'
    const got = await client.request('skills/get', { uri })
    expect(got).toMatchObject({ skill: { uri }, ttlMs: 0, cacheScope: 'private' })
    expect(got).not.toHaveProperty('nextCursor')
    for (const other of [
      'skill://none/SKILL.md',
      'skill://acme/pdf',
      'skill://acme/pdf/references/FORMS.md',
      7,
    ]) {
      const refused = client.request('skills/get', { uri: other })
      await expect(refused).rejects.toMatchObject({ rpcCode: -32602 })
    }
  })

  // T-23
  test('is asked with the name in a header by a client that knows of skills', async () => {
    const names: (string | null)[] = []
    const server = serve({ skills: [pdf] })
    const fetch: typeof globalThis.fetch = (input, init) => {
      const request = new Request(input, init)
      if (request.headers.get('mcp-method') === 'skills/get')
        names.push(request.headers.get('mcp-name'))
      return server.fetch(request)
    }
    const { connect } = await import('../../client/index.ts')
    const uri = 'skill://acme/pdf/SKILL.md'
    for (const extensions of [[], [readsSkills()]]) {
      await using client = await connect('http://localhost/mcp', { fetch, extensions })
      await client.request('skills/get', { uri })
    }
    expect(names).toEqual([null, uri])
  })

  // SKILL-01
  test('serves files as resources, and tells of SKILL.md among them in every version', async () => {
    for (const version of ['2026-07-28', '2025-06-18']) {
      await using client = await connectInProcess(serve({ skills: [pdf] }), { version })
      const listed = []
      for await (const resource of client.resources()) listed.push(resource)
      expect(listed).toMatchObject([
        {
          uri: 'skill://acme/pdf/SKILL.md',
          name: 'pdf',
          description: 'About pdf',
          mimeType: 'text/markdown',
        },
      ])
      const text = await client.readResource('skill://acme/pdf/references/FORMS.md')
      expect(text.contents).toMatchObject([{ text: 'forms', mimeType: 'text/markdown' }])
      const image = await client.readResource('skill://acme/pdf/assets/dot.png')
      expect(image.contents).toMatchObject([{ blob: 'iVD/', mimeType: 'image/png' }])
      const none = client.readResource('skill://acme/pdf/none.md')
      await expect(none).rejects.toMatchObject({
        rpcCode: version === '2026-07-28' ? -32602 : -32002,
      })
    }
  })

  // SKILL-21
  test('lists the direct children of every directory, page by page, and of nothing else', async () => {
    const server = serve({ skills: [pdf] }, { limits: { pageSize: 3 } })
    await using client = await connectInProcess(server)
    const read = (uri: unknown, cursor?: unknown): ReturnType<typeof client.request> =>
      client.request('resources/directory/read', {
        uri,
        ...(cursor === undefined ? {} : { cursor }),
      })
    const first = await read('skill://acme/pdf')
    expect(first).toMatchObject({
      resources: [
        { uri: 'skill://acme/pdf/SKILL.md', name: 'pdf', mimeType: 'text/markdown' },
        { uri: 'skill://acme/pdf/a%20b%25.txt', name: 'a b%.txt' },
        { uri: 'skill://acme/pdf/assets', name: 'assets', mimeType: 'inode/directory' },
      ],
    })
    expect(await read('skill://acme/pdf', first['nextCursor'])).toMatchObject({
      resources: [{ uri: 'skill://acme/pdf/references', mimeType: 'inode/directory' }],
    })
    expect(await read('skill://acme')).toMatchObject({
      resources: [{ uri: 'skill://acme/pdf', mimeType: 'inode/directory' }],
    })
    const others = ['skill://acme/pdf/SKILL.md', 'skill://acme/pdf/', 'skill://none', 'skill:/', 7]
    for (const uri of others) await expect(read(uri)).rejects.toMatchObject({ rpcCode: -32602 })
  })

  // SKILL-08 (Skills, "Resources": nested skills)
  test('counts the files of a skill inside another among those of both', async () => {
    const outer = { path: 'a', files: { 'SKILL.md': skillMd('a') } }
    const inner = { path: 'a/b', files: { 'SKILL.md': skillMd('b') } }
    await using client = await connectInProcess(serve({ skills: [outer, inner] }))
    const { skills: entries } = await client.request('skills/list')
    expect(entries).toMatchObject([
      { resources: [{ uri: 'skill://a/SKILL.md' }, { uri: 'skill://a/b/SKILL.md' }] },
      { resources: [{ uri: 'skill://a/b/SKILL.md' }] },
    ])
  })

  // SKILL-08
  test('publishes no digests of what is made anew for each reader', async () => {
    let count = 0
    const daily = {
      path: 'daily',
      dynamic: true,
      files: { 'SKILL.md': () => `${skillMd('daily')}${(count += 1)}` },
    }
    await using client = await connectInProcess(serve({ skills: [daily] }))
    const { skill } = await client.request('skills/get', { uri: 'skill://daily/SKILL.md' })
    expect(skill).toMatchObject({ resources: 'dynamic' })
  })

  test('makes an entry anew when a file turns out to be another one', async () => {
    let content = 'one'
    const changing = {
      path: 'c',
      files: { 'SKILL.md': skillMd('c'), 'x.txt': () => content },
    }
    await using client = await connectInProcess(serve({ skills: [changing] }))
    const uri = 'skill://c/SKILL.md'
    const before = await client.request('skills/get', { uri })
    content = 'two'
    expect(await client.request('skills/get', { uri })).toEqual(before)
    await client.readResource('skill://c/x.txt')
    expect(await client.request('skills/get', { uri })).toMatchObject({
      skill: { resources: [{}, { digest: digest('two') }] },
    })
  })

  test('leaves out what is no skill, tells it to its author, and finds skills again when told to', async () => {
    const reported: unknown[] = []
    let found: SkillSource[] = [
      { path: 'broken', files: { 'SKILL.md': () => 'no frontmatter' } },
      { path: 'good', files: { 'SKILL.md': () => skillMd('good') } },
    ]
    const extension = skills({ skills: () => found })
    const server = createServer({
      name: 'skilled',
      version: '1.0.0',
      onError: (error) => void reported.push(error),
    }).extend(extension)
    await using client = await connectInProcess(server)
    const list = async (): Promise<unknown> => (await client.request('skills/list'))['skills']
    expect(await list()).toMatchObject([{ uri: 'skill://good/SKILL.md' }])
    expect(reported).toMatchObject([{ message: expect.stringContaining('frontmatter') }])
    const broken = client.request('skills/get', { uri: 'skill://broken/SKILL.md' })
    await expect(broken).rejects.toMatchObject({ rpcCode: -32603 })
    found = [{ path: 'new', files: { 'SKILL.md': skillMd('new') } }]
    extension.refresh()
    expect(await list()).toMatchObject([{ uri: 'skill://new/SKILL.md' }])
  })

  // SKILL-01, EXT-06 (Skills, "Capability Declaration"): what is declared is served
  test('answers nothing of them in a session, whose versions do not know extensions, and declares none', async () => {
    await using client = await connectInProcess(serve({ skills: [pdf] }), { version: '2025-11-25' })
    expect(client.server.capabilities).not.toHaveProperty('extensions')
    await expect(client.request('skills/list')).rejects.toMatchObject({ rpcCode: -32601 })
  })
})

// SKILL-04, SKILL-06, SKILL-10
describe('what is no skill is refused where it is given', () => {
  const files = { 'SKILL.md': skillMd('a') }
  const wrong: readonly { readonly name: string; readonly skills: readonly SkillSource[] }[] = [
    { name: 'a name with capitals', skills: [{ path: 'A', files }] },
    { name: 'a name with two hyphens', skills: [{ path: 'a--b', files }] },
    { name: 'a name of 65 characters', skills: [{ path: 'a'.repeat(65), files }] },
    { name: 'a path that leads out', skills: [{ path: '../a', files }] },
    { name: 'a path with a blank', skills: [{ path: 'x y/a', files }] },
    { name: 'an empty segment', skills: [{ path: 'x//a', files }] },
    { name: 'no SKILL.md', skills: [{ path: 'a', files: { 'skill.md': '' } }] },
    { name: 'a file that leads out', skills: [{ path: 'a', files: { ...files, '../x': '' } }] },
    { name: 'a file without a name', skills: [{ path: 'a', files: { ...files, 'x/': '' } }] },
    {
      name: 'one skill twice',
      skills: [
        { path: 'a', files },
        { path: 'a', files },
      ],
    },
    {
      name: 'one file of two skills',
      skills: [
        { path: 'a', files: { ...files, 'b/SKILL.md': skillMd('b') } },
        { path: 'a/b', files: { 'SKILL.md': skillMd('b') } },
      ],
    },
    { name: 'another name inside', skills: [{ path: 'a', files: { 'SKILL.md': skillMd('b') } }] },
    { name: 'no frontmatter', skills: [{ path: 'a', files: { 'SKILL.md': '# a' } }] },
    {
      name: 'no description',
      skills: [{ path: 'a', files: { 'SKILL.md': '---\nname: a\n---\n' } }],
    },
    {
      name: 'a word that readers disagree about',
      skills: [{ path: 'a', files: { 'SKILL.md': skillMd('a', 'since: 2026-01-31\n') } }],
    },
    {
      name: 'bytes that are no text',
      skills: [{ path: 'a', files: { 'SKILL.md': new Uint8Array([0xff]) } }],
    },
    {
      name: 'a dynamic skill in one that is not',
      skills: [
        { path: 'b', files: { 'SKILL.md': skillMd('b') } },
        { path: 'b/a', files, dynamic: true },
      ],
    },
    {
      name: '513 files',
      skills: [
        {
          path: 'a',
          files: {
            ...files,
            ...Object.fromEntries(Array.from({ length: 512 }, (_, n) => [`${n}`, ''])),
          },
        },
      ],
    },
  ]

  test.each(wrong)('$name', ({ skills: given }) => {
    expect(() => skills({ skills: given })).toThrow(TypeError)
  })

  test('a scheme that is none', () => {
    expect(() => skills({ skills: [], scheme: 'a b' })).toThrow(TypeError)
  })

  test('more bytes than a host must take', async () => {
    const big = { path: 'a', files: { ...files, big: new Uint8Array(16 * 1024 * 1024) } }
    const server = serve({ skills: [big] }, { onError: () => {} })
    await using client = await connectInProcess(server)
    const got = client.request('skills/get', { uri: 'skill://a/SKILL.md' })
    await expect(got).rejects.toMatchObject({ rpcCode: -32603 })
  })
})
