import { randomBytes } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Confinement, Located } from './confine.ts'
import type { Directory } from './directory.ts'
import { FilesError, systemCode } from './errors.ts'

/** Identifies one state of a file: another value means that the file was changed or replaced. */
export type Fingerprint = string

/** The state of what stands at a place; undefined when nothing does. */
export function fingerprint(stat: BigIntStats | undefined): Fingerprint | undefined {
  return stat && [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-')
}

/** Settings of `writeContent`. */
export interface WriteOptions {
  readonly content: string | Uint8Array
  /** The state that is to be replaced; undefined makes a new file and refuses to replace one. */
  readonly replaces: Fingerprint | undefined
}

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/**
 * Writes a whole file: into a temporary file beside it, which then takes its name, so that a reader sees the old or the new
 * content and nothing between. The mode of a replaced file is kept, and its owner where the system lets us.
 * @throws FilesError `exists` when there is a file and none is to be replaced; `changed` when it is not the one that was
 *   to be replaced.
 */
export async function writeContent(
  { directory, name, path: shown, stat }: Located,
  { content, replaces }: WriteOptions,
): Promise<void> {
  if (stat?.isDirectory()) throw new FilesError('wrong_kind', `${shown} is a folder`)
  if (stat !== undefined && !stat.isFile()) {
    throw new FilesError('wrong_kind', `${shown} is no regular file`)
  }
  if (replaces === undefined && stat !== undefined) {
    throw new FilesError('exists', `${shown} exists already`)
  }
  await directory.recheck()
  const temporary = `.mortise-${randomBytes(8).toString('hex')}.tmp`
  await writeNew(directory, { name: temporary, content, like: stat })
  let left = true
  try {
    if (replaces === undefined) {
      left = await giveName(directory, { temporary, name, content })
    } else {
      await refuseChanged(directory, { name, replaces, shown })
      await rename(directory.at(temporary), directory.at(name))
      left = false
    }
  } finally {
    if (left) await unlink(directory.at(temporary))
  }
}

async function writeNew(
  directory: Directory,
  {
    name,
    content,
    like,
  }: { name: string; content: string | Uint8Array; like?: BigIntStats | undefined },
): Promise<void> {
  // Nobody may read the new content who could not read the old.
  const handle = await open(directory.at(name), createFlags, like === undefined ? 0o666 : 0o600)
  try {
    await directory.verify(name, handle)
    await handle.writeFile(content)
    if (like !== undefined) await imitate(handle, like)
    await handle.sync()
  } catch (error) {
    await unlink(directory.at(name))
    throw error
  } finally {
    await handle.close()
  }
}

async function imitate(handle: FileHandle, like: BigIntStats): Promise<void> {
  const own = await handle.stat({ bigint: true })
  if (own.uid !== like.uid || own.gid !== like.gid) {
    try {
      await handle.chown(Number(like.uid), Number(like.gid))
    } catch {
      /* only the superuser may give files away: the new file is then ours */
    }
  }
  await handle.chmod(Number(like.mode & 0o777n))
}

/**
 * Gives a written file its name unless there is one: a second name for it, which fails when the name is taken. File systems
 * without hard links get a plain exclusive create instead. Says whether the temporary name is still there.
 */
async function giveName(
  directory: Directory,
  { temporary, name, content }: { temporary: string; name: string; content: string | Uint8Array },
): Promise<boolean> {
  try {
    await link(directory.at(temporary), directory.at(name))
  } catch (error) {
    if (!cannotLink(error)) throw error
    await writeNew(directory, { name, content })
  }
  return true
}

async function refuseChanged(
  directory: Directory,
  { name, replaces, shown }: { name: string; replaces: Fingerprint; shown: string },
): Promise<void> {
  const now = await lstat(directory.at(name), { bigint: true })
  if (fingerprint(now) !== replaces) {
    throw new FilesError('changed', `${shown} was changed meanwhile; read it again`)
  }
}

/** Whether the file system, or its rules, have no hard link for this entry. */
function cannotLink(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS'
}

/**
 * Makes a folder and those above it that are missing. Says whether anything was made.
 * @throws FilesError `wrong_kind` when something else has the name.
 */
export async function makeFolder(confinement: Confinement, clientPath: string): Promise<boolean> {
  const parent = path.dirname(clientPath)
  const make = (): Promise<boolean> =>
    confinement.use(clientPath, { for: 'write' }, async (located) => {
      const { directory, name, stat } = located
      if (stat?.isDirectory()) return false
      if (stat !== undefined) throw new FilesError('wrong_kind', `${located.path} is no folder`)
      await directory.recheck()
      await mkdir(directory.at(name))
      return true
    })
  try {
    return await make()
  } catch (error) {
    const isParentMissing = error instanceof FilesError && error.kind === 'missing'
    if (!isParentMissing || parent === clientPath || parent === '.') throw error
    await makeFolder(confinement, parent)
    return make()
  }
}

/** Settings of `moveEntry`. */
export interface MoveOptions {
  readonly source: Located
  readonly destination: Located
  /** The state of the file at the destination that is to be replaced; undefined refuses to replace anything. */
  readonly replaces: Fingerprint | undefined
}

/**
 * Moves or renames an entry; a link is moved, not what it points to.
 * @throws FilesError `exists` when something has the destination's name and it is not the file to be replaced.
 */
export async function moveEntry({ source, destination, replaces }: MoveOptions): Promise<void> {
  if (source.stat === undefined) {
    throw new FilesError('missing', `${source.path} does not exist`)
  }
  if (source.name === '.' || destination.name === '.') {
    throw new FilesError('invalid', 'an allowed folder itself is not moved or replaced')
  }
  if (destination.stat?.isDirectory()) {
    const inside = path.join(destination.path, source.name)
    throw new FilesError(
      'exists',
      `${destination.path} is a folder that exists; to move into it name the new path: ${inside}`,
    )
  }
  if (destination.stat && source.stat.isDirectory()) {
    throw new FilesError('exists', `${destination.path} exists already`)
  }
  if (destination.stat !== undefined && replaces === undefined) {
    throw new FilesError('exists', `${destination.path} exists already`)
  }
  await source.directory.recheck()
  await destination.directory.recheck()
  const from = source.directory.at(source.name)
  const to = destination.directory.at(destination.name)
  if (replaces !== undefined) {
    const { directory, name, path: shown } = destination
    await refuseChanged(directory, { name, replaces, shown })
    await rename(from, to)
  } else if (source.stat.isDirectory()) {
    await rename(from, to)
  } else {
    await renameExclusively(from, to)
  }
}

/** `rename` would replace a file that has come meanwhile; a second name does not. */
async function renameExclusively(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!cannotLink(error)) throw error
    await rename(from, to)
    return
  }
  await unlink(from)
}
