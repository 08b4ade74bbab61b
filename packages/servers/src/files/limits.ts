/** Every bound of the files server. Sizes are bytes, times milliseconds, unless the comment says otherwise. */
export interface FilesLimits {
  /** A path that a client names, in UTF-16 units. */
  readonly maxPathLength: number
  /** Folders between a root and the entry that is reached. */
  readonly maxPathDepth: number
  /** Symbolic links followed on the way to one entry. */
  readonly maxLinks: number
  /** Text of one answer, and of a whole file that is read without a line range. */
  readonly maxTextBytes: number
  /** Bytes that a line range is looked for in, from the start of the file. */
  readonly maxScanBytes: number
  /** An image, a sound or another binary that is sent whole, before base64. */
  readonly maxMediaBytes: number
  /** Files of one `read_multiple_files`. */
  readonly maxFilesPerRead: number
  /** Content of one `write_file`, and a file that `edit_file` may change. */
  readonly maxWriteBytes: number
  /** Replacements in one `edit_file`. */
  readonly maxEdits: number
  /** How long a diff may be computed before only its outcome is reported. */
  readonly maxDiffMs: number
  /** Entries of one folder that are looked at. */
  readonly maxFolderEntries: number
  /** Entries that one walk (tree, search, resource list) looks at, in all folders. */
  readonly maxWalkEntries: number
  /** Entries in one tree. */
  readonly maxTreeEntries: number
  /** Levels of one tree. */
  readonly maxTreeDepth: number
  /** A file whose content is searched; larger ones are counted as skipped. */
  readonly maxSearchFileBytes: number
  /** Bytes that one content search reads, in all files. */
  readonly maxSearchBytes: number
  /** Results of one search. */
  readonly maxResults: number
  /** Files and folders that are watched for subscribers at once. */
  readonly maxWatched: number
  /** A query of a content search, in UTF-16 units. */
  readonly maxQueryLength: number
  /** Lines shown before and after a result. */
  readonly maxContextLines: number
  /** A line in a search result is cut around the match to this many UTF-16 units. */
  readonly maxShownLine: number
  /** A glob, in UTF-16 units. */
  readonly maxGlobLength: number
  /** Globs in one `excludePatterns`. */
  readonly maxGlobs: number
  /** Alternatives that the braces of one glob stand for. */
  readonly maxGlobAlternatives: number
  /** A `.gitignore` file; larger ones are not read. */
  readonly maxIgnoreFileBytes: number
  /** Rules taken from one `.gitignore` file. */
  readonly maxIgnoreRules: number
  /** Runs of `*` in one ignore rule: each multiplies the time of a match. Rules with more are left out. */
  readonly maxIgnoreWildcards: number
}

/** The bounds in force where none is given. */
export const defaultLimits: FilesLimits = {
  maxPathLength: 4096,
  maxPathDepth: 128,
  maxLinks: 40,
  maxTextBytes: 1024 * 1024,
  maxScanBytes: 256 * 1024 * 1024,
  maxMediaBytes: 8 * 1024 * 1024,
  maxFilesPerRead: 50,
  maxWriteBytes: 4 * 1024 * 1024,
  maxEdits: 100,
  maxDiffMs: 1_000,
  maxFolderEntries: 10_000,
  maxWalkEntries: 200_000,
  maxTreeEntries: 2_000,
  maxTreeDepth: 32,
  maxSearchFileBytes: 4 * 1024 * 1024,
  maxSearchBytes: 512 * 1024 * 1024,
  maxResults: 1_000,
  maxWatched: 256,
  maxQueryLength: 250,
  maxContextLines: 10,
  maxShownLine: 400,
  maxGlobLength: 512,
  maxGlobs: 50,
  maxGlobAlternatives: 64,
  maxIgnoreFileBytes: 256 * 1024,
  maxIgnoreRules: 2_000,
  maxIgnoreWildcards: 3,
}

/**
 * The bounds in force: the defaults with `changes` over them.
 * @throws TypeError when a value is not a positive number, or names no bound.
 */
export function resolveFilesLimits(changes: Partial<FilesLimits> = {}): FilesLimits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new TypeError(`there is no limit called ${name}`)
    if (typeof value !== 'number' || !(value > 0)) {
      throw new TypeError(`limit ${name} must be a positive number, got ${String(value)}`)
    }
  }
  return { ...defaultLimits, ...changes }
}
