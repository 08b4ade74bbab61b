import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ListPage, ListedResources, Resource, ResourceReturn, Server } from 'mortise/server'
import { ResourceNotFoundError, RpcError } from 'mortise/server'
import { completePath } from './complete.ts'
import type { Confinement } from './confine.ts'
import { FilesError, type FilesErrorKind } from './errors.ts'
import { mimeTypeOf, readContent } from './media.ts'
import type { Root } from './roots.ts'
import { visible } from 'mortise'
import { type Entry, walk } from './walk.ts'
import { createWatch } from './watch.ts'

const invalidParams = -32602

/** Adds every visible file as a resource, and tells of changes. */
export function addResources(server: Server, files: Confinement): void {
  server.resourceTemplate(
    'file:///{+path}',
    {
      name: 'file',
      title: 'File',
      description: 'A file in an allowed folder, by its absolute path',
      list: (page, { signal }) => listFiles(files, { page, signal }),
      complete: { path: (value, { signal }) => completePath(files, { value, signal }) },
      watch: createWatch(files),
    },
    (_variables, _context, uri) => readFile(files, uri),
  )
}

/** What a client must not be able to tell apart from a file that does not exist. */
const absent: ReadonlySet<FilesErrorKind> = new Set([
  'outside',
  'missing',
  'protected',
  'wrong_kind',
  'invalid',
])

async function readFile(files: Confinement, uri: string): Promise<ResourceReturn> {
  try {
    return await files.use(pathOf(uri), {}, async (located) => {
      const content = await readContent(located, files.limits)
      return 'text' in content
        ? { text: content.text, mimeType: content.mimeType }
        : { blob: content.bytes.toString('base64'), mimeType: content.mimeType }
    })
  } catch (error) {
    if (!(error instanceof FilesError)) throw error
    if (absent.has(error.kind)) throw new ResourceNotFoundError(uri, { cause: error })
    throw new RpcError(invalidParams, error.message)
  }
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch (error) {
    throw new ResourceNotFoundError(uri, { cause: error })
  }
}

/**
 * One page of visible files, root by root, in the order of names. A cursor says after which file to go on: files that come
 * or go meanwhile move no other out of the list.
 */
async function listFiles(
  files: Confinement,
  { page, signal }: { page: ListPage; signal: AbortSignal },
): Promise<ListedResources> {
  const start = readCursor(page.cursor, files.roots)
  const resources: Resource[] = []
  for (let index = start.root; index < files.roots.length; index++) {
    const root = files.roots[index] as Root // the loop's condition
    const after = index === start.root ? start.after : undefined
    let last: readonly string[] = []
    for await (const entry of filesOf(files, { root, after, signal })) {
      if (resources.length === page.limit) {
        return { resources, nextCursor: JSON.stringify([index, ...last]) }
      }
      resources.push(await describe(entry))
      last = entry.relative
    }
  }
  return { resources }
}

async function* filesOf(
  files: Confinement,
  {
    root,
    after,
    signal,
  }: { root: Root; after: readonly string[] | undefined; signal: AbortSignal },
): AsyncGenerator<Entry, void, undefined> {
  const others = new Set(
    files.roots.map((other) => other.path).filter((other) => other !== root.path),
  )
  const exclude = (relative: readonly string[]): boolean =>
    others.has(path.join(root.path, ...relative))
  const folder = await files.openRoot(root.path)
  try {
    const stat = await lstat(folder.at('.'), { bigint: true })
    const located = { root, directory: folder, name: '.', names: [], path: root.path, stat }
    for await (const entry of walk(files, located, { exclude, after, signal })) {
      if (entry.kind === 'file' && !files.isProtected(entry.names)) yield entry
    }
  } finally {
    await folder.close()
  }
}

async function describe({ name, relative, directory }: Entry): Promise<Resource> {
  const mimeType = mimeTypeOf(name)
  const size = await sizeOf(directory.at(name))
  return {
    uri: pathToFileURL(path.join(directory.path, name)).href,
    name: visible(relative.join('/')),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(size === undefined ? {} : { size }),
  }
}

async function sizeOf(at: string): Promise<number | undefined> {
  try {
    return (await lstat(at)).size
  } catch {
    /* gone since it was listed */
    return undefined
  }
}

function readCursor(
  cursor: string | undefined,
  roots: readonly Root[],
): { root: number; after: readonly string[] | undefined } {
  if (cursor === undefined) return { root: 0, after: undefined }
  const parsed = parseList(cursor)
  const [root, ...after] = parsed ?? []
  const isRoot = typeof root === 'number' && Number.isInteger(root) && roots[root] !== undefined
  if (!isRoot || !after.every((name) => typeof name === 'string')) {
    throw new RpcError(invalidParams, 'params.cursor is not one that this server gave')
  }
  return { root, after }
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    /* no JSON: not ours */
    return undefined
  }
}
