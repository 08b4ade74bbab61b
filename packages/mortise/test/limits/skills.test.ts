import { expect } from 'vitest'
import { skillsOf } from '../../src/extensions/skills/index.ts'
import type { FoundSkill } from '../../src/extensions/skills/index.ts'
import { createServer } from '../../src/server/index.ts'
import { connectInProcess } from '../../src/testing/index.ts'
import { testLimit } from './limit.ts'

const root = 'skill://a'
const digest = `sha256:${'0'.repeat(64)}`

/** The entry of a skill with so many files of `size` bytes each, read by a client with the limits of the two tests. */
async function readEntry({ files, size }: { files: number; size: number }): Promise<FoundSkill> {
  const uris = Array.from({ length: files }, (_, n) => `${root}/${n === 0 ? 'SKILL.md' : n}`)
  const skill = {
    uri: `${root}/SKILL.md`,
    frontmatter: { name: 'a', description: 'A' },
    resources: uris.map((uri) => ({ uri, digest, size })),
  }
  const server = createServer({ name: 'skilled', version: '1.0.0' }).extend({
    id: 'io.modelcontextprotocol/skills',
    methods: { 'skills/get': { answer: () => ({ skill }) } },
  })
  await using client = await connectInProcess(server)
  const limits = { maxSkillFiles: 3, maxSkillBytes: 30 }
  return await skillsOf(client, { server: 'a', limits }).get(skill.uri)
}

// SKILL-10 (Skills, "Limits")
testLimit('maxSkillFiles', {
  at: [
    'a skill with just so many files is taken',
    async () => expect((await readEntry({ files: 3, size: 1 })).resources).toHaveLength(3),
  ],
  past: [
    'one with more is refused by its entry, and no file is read',
    async () => {
      const error = { code: 'ERR_LIMIT', limit: 'maxSkillFiles' }
      await expect(readEntry({ files: 4, size: 1 })).rejects.toMatchObject(error)
    },
  ],
})

testLimit('maxSkillBytes', {
  at: [
    'a skill of just so many bytes is taken',
    async () => expect((await readEntry({ files: 3, size: 10 })).resources).toHaveLength(3),
  ],
  past: [
    'one of more is refused by its entry, and no file is read',
    async () => {
      const error = { code: 'ERR_LIMIT', limit: 'maxSkillBytes' }
      await expect(readEntry({ files: 3, size: 11 })).rejects.toMatchObject(error)
    },
  ],
})
