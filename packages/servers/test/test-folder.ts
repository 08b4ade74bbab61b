import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Confinement, type Located, createConfinement } from '../src/files/confine.ts'
import { type FilesLimits, resolveFilesLimits } from '../src/files/limits.ts'
import { resolveRoots } from '../src/files/roots.ts'

/** A real folder for one test, and ways into it. */
export interface TestFolder {
  readonly path: string
  readonly confinement: Confinement
  /** Runs `action` on an entry. */
  readonly at: <T>(clientPath: string, action: (located: Located) => Promise<T>) => Promise<T>
  /** Idempotent. */
  readonly remove: () => Promise<void>
}

/** What a test folder holds, and how it is seen. */
export interface TestFolderOptions {
  readonly limits?: Partial<FilesLimits>
  readonly hidden?: boolean
}

/** Makes a folder with the files given by path; a path that ends with `/` is an empty folder. */
export async function createTestFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  { limits, hidden = false }: TestFolderOptions = {},
): Promise<TestFolder> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'mortise-files-')))
  for (const [name, content] of Object.entries(files)) {
    const isFolder = name.endsWith('/')
    await mkdir(path.join(folder, isFolder ? name : path.dirname(name)), { recursive: true })
    if (!isFolder) await writeFile(path.join(folder, name), content)
  }
  const roots = await resolveRoots([folder])
  const confinement = createConfinement({ roots, hidden, limits: resolveFilesLimits(limits) })
  return {
    path: folder,
    confinement,
    at: (clientPath, action) => confinement.use(clientPath, { for: 'read' }, action),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
