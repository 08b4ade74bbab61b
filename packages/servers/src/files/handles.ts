import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Located } from './confine.ts'
import type { Directory } from './directory.ts'
import { FilesError } from './errors.ts'

/** A pipe without a writer must not hold a thread, and a link that has just been put there must not be followed. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Runs `action` on a regular file open for reading, and closes it.
 * @throws FilesError `missing` or `wrong_kind` when there is no such file.
 */
export async function withFile<T>(
  { directory, name, path, stat }: Pick<Located, 'directory' | 'name' | 'path' | 'stat'>,
  action: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  if (stat === undefined) throw new FilesError('missing', `${path} does not exist`)
  if (!stat.isFile()) throw notAFile(path, stat.isDirectory())
  const handle = await open(directory.at(name), readFlags)
  try {
    await directory.verify(name, handle)
    if (!(await handle.stat()).isFile()) throw notAFile(path, false)
    return await action(handle)
  } finally {
    await handle.close()
  }
}

/**
 * Runs `action` on the folder that an entry is, and closes it.
 * @throws FilesError `missing` or `wrong_kind` when there is no such folder.
 */
export async function withFolder<T>(
  { directory, name, path, stat }: Located,
  action: (folder: Directory) => Promise<T>,
): Promise<T> {
  if (stat === undefined) throw new FilesError('missing', `${path} does not exist`)
  if (!stat.isDirectory()) throw new FilesError('wrong_kind', `${path} is not a folder`)
  if (name === '.') return action(directory)
  const folder = await directory.child(name)
  try {
    return await action(folder)
  } finally {
    await folder.close()
  }
}

/** Reads from `position` until `length` bytes or the end of the file. */
export async function readAt(
  handle: FileHandle,
  { position, length }: { position: number; length: number },
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/**
 * The whole file. Reads one byte more than `maxBytes` at most, whatever the file's size claims.
 * @throws FilesError `too_large`
 */
export async function readWhole(
  handle: FileHandle,
  { maxBytes, shown, advice = '' }: { maxBytes: number; shown: string; advice?: string },
): Promise<Buffer> {
  const { size } = await handle.stat()
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    if (size > maxBytes || length > maxBytes) {
      const actual = size > maxBytes ? `${size} bytes` : `more than ${maxBytes} bytes`
      throw new FilesError('too_large', `${shown} has ${actual}; the limit is ${maxBytes}${advice}`)
    }
    const wanted = Math.min(Math.max(size - length, 0) + 1, maxBytes + 1 - length)
    const part = await readAt(handle, { position: length, length: Math.max(wanted, 1) })
    parts.push(part)
    length += part.length
    if (part.length < wanted) break
  }
  return Buffer.concat(parts, length)
}

function notAFile(path: string, isFolder: boolean): FilesError {
  return new FilesError('wrong_kind', `${path} is ${isFolder ? 'a folder' : 'no regular file'}`)
}
