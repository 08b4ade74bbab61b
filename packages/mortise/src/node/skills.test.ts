import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { skills, skillsOf } from '../extensions/skills/index.ts'
import { createServer } from '../server/index.ts'
import { connectInProcess } from '../testing/index.ts'
import { skillsInFolder } from './skills.ts'

const skillMd = (name: string): string =>
  `---\nname: ${name}\ndescription: About ${name}\n---\n# ${name}\n`

describe('skills in a folder', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-skills-'))
  })
  afterEach(async () => rm(folder, { recursive: true, force: true }))

  async function put(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }

  test('are found at any depth, with the files that are theirs', async () => {
    await put('README.md', 'no skill')
    await put('git/SKILL.md', skillMd('git'))
    await put('acme/pdf/SKILL.md', skillMd('pdf'))
    await put('acme/pdf/references/FORMS.md', 'forms')
    await put('acme/pdf/inner/SKILL.md', skillMd('inner'))
    await put('acme/pdf/inner/x.txt', 'x')
    await put('acme/pdf/.git/config', 'hidden')
    await put('acme/pdf/node_modules/x/y.js', 'installed')
    const found = await skillsInFolder(folder)
    expect(found.map(({ path, files }) => [path, Object.keys(files).toSorted()])).toEqual([
      ['acme/pdf', ['SKILL.md', 'references/FORMS.md']],
      ['acme/pdf/inner', ['SKILL.md', 'x.txt']],
      ['git', ['SKILL.md']],
    ])
  })

  test('are served as they stand on the disk, and found anew', async () => {
    await put('pdf/SKILL.md', skillMd('pdf'))
    await put('pdf/dot.png', new Uint8Array([0x89, 0xff]))
    const extension = skills({ skills: () => skillsInFolder(folder) })
    const server = createServer({ name: 'skilled', version: '1.0.0' }).extend(extension)
    await using client = await connectInProcess(server)
    const reader = skillsOf(client, { server: 'disk' })
    const loaded = await reader.load('skill://pdf/SKILL.md')
    expect((await loaded.read('dot.png')).bytes).toEqual(new Uint8Array([0x89, 0xff]))
    await put('git/SKILL.md', skillMd('git'))
    await expect(reader.get('skill://git/SKILL.md')).rejects.toMatchObject({ rpcCode: -32602 })
    extension.refresh()
    expect((await reader.get('skill://git/SKILL.md')).frontmatter.name).toBe('git')
  })

  test('may be one skill itself, by the name of its folder', async () => {
    await put('pdf/SKILL.md', skillMd('pdf'))
    await put('pdf/x/y.txt', 'y')
    const found = await skillsInFolder(join(folder, 'pdf'))
    expect(found).toMatchObject([{ path: 'pdf', files: { 'x/y.txt': expect.any(Function) } }])
  })

  test('do not follow links out of the folder', async () => {
    await put('outside.txt', 'secret')
    await put('pdf/SKILL.md', skillMd('pdf'))
    await symlink(join(folder, 'outside.txt'), join(folder, 'pdf', 'link.txt'))
    const [found] = await skillsInFolder(folder)
    expect(Object.keys(found?.files ?? {})).toEqual(['SKILL.md'])
  })

  test('are none where there is no folder', async () => {
    await expect(skillsInFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
