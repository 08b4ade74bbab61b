import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Confinement } from './confine.ts'
import { FilesError } from './errors.ts'
import { listFolder } from './list.ts'

/**
 * Paths that begin like `value`, as they stand in a `file:///` URI: without the first slash, percent-encoded. Folders end
 * with a slash. Outside the roots, and for what cannot be listed, the roots that begin so.
 */
export async function completePath(
  files: Confinement,
  { value, signal }: { value: string; signal: AbortSignal },
): Promise<readonly string[]> {
  const typed = `/${decode(value)}`
  const roots = files.roots.map((root) => `${inUri(root.path)}/`)
  const ofRoots = roots.filter((root) => decode(`/${root}`).startsWith(typed))
  if (ofRoots.length > 0) return ofRoots
  const slash = typed.lastIndexOf('/')
  const begun = typed.slice(slash + 1)
  try {
    const folder = toPath(typed.slice(0, slash + 1))
    return await files.use(folder, {}, async (located) => {
      const options = { includeHidden: begun.startsWith('.'), signal }
      const { entries } = await listFolder(files, located, options)
      return entries
        .filter(({ name, kind }) => name.startsWith(begun) && kind !== 'other')
        .map(({ name, kind }) => {
          const uri = inUri(path.join(located.path, name))
          return kind === 'directory' ? `${uri}/` : uri
        })
    })
  } catch (error) {
    if (error instanceof FilesError) return []
    throw error
  }
}

function inUri(absolute: string): string {
  return pathToFileURL(absolute).pathname.slice(1)
}

/** On Windows a URI's path has a slash before the drive. */
function toPath(typed: string): string {
  return process.platform === 'win32' ? typed.slice(1) : typed
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    /* a percent sign that encodes nothing stands for itself */
    return value
  }
}
