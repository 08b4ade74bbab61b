import { ToolError } from 'mortise/server'

/** Why an operation on files did not happen; stable across releases. */
export type FilesErrorKind =
  | 'outside'
  | 'missing'
  | 'exists'
  | 'protected'
  | 'wrong_kind'
  | 'not_text'
  | 'too_large'
  | 'changed'
  | 'no_match'
  | 'invalid'
  | 'denied'
  | 'failed'

/** An operation on files that did not happen, with a sentence that a model or a person can act on. */
export class FilesError extends ToolError {
  readonly kind: FilesErrorKind

  constructor(kind: FilesErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

const sentences: Record<string, readonly [FilesErrorKind, string]> = {
  ENOENT: ['missing', 'does not exist'],
  EEXIST: ['exists', 'exists already'],
  ENOTEMPTY: ['exists', 'is a folder that is not empty'],
  EISDIR: ['wrong_kind', 'is a folder'],
  ENOTDIR: ['wrong_kind', 'is not a folder'],
  EACCES: ['denied', 'may not be accessed: permission denied'],
  EPERM: ['denied', 'may not be changed: operation not permitted'],
  EROFS: ['denied', 'is on a read-only file system'],
  ELOOP: ['changed', 'was replaced by a symbolic link meanwhile'],
  ENAMETOOLONG: ['invalid', 'has a name that is too long for the file system'],
  EXDEV: ['failed', 'is on another file system than the destination'],
  ENOSPC: ['failed', 'does not fit: the disk is full'],
  EDQUOT: ['failed', 'does not fit: the disk quota is used up'],
  EMFILE: ['failed', 'cannot be opened now: too many open files'],
  ENFILE: ['failed', 'cannot be opened now: too many open files'],
  EINVAL: ['invalid', 'is not valid for this operation'],
}

/** The system's error code (`ENOENT`), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/**
 * A `FilesError` that names `shown`, for an error of the operating system; any other value is given back as it is. The
 * system's own message is not repeated: it holds descriptor paths that mean nothing to the reader.
 */
export function explain(error: unknown, shown: string): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  const [kind, sentence] = sentences[code] ?? ['failed', `failed with ${code}`]
  return new FilesError(kind, `${shown} ${sentence}`, { cause: error })
}
