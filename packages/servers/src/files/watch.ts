import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Confinement, Located } from './confine.ts'
import { FilesError } from './errors.ts'

/** What happens to a file in one go is one change: an editor writes, renames and sets the mode. */
const settleMs = 50

/**
 * Watches what lies at `file:` URIs, at most `maxWatched` of them at once. A file is watched through its folder, so that one
 * that is replaced by renaming another over it, or that is made later, is told of too; of a folder the names in it are watched,
 * one level deep. What cannot be reached, or lies outside, is watched by nobody, and nobody is told the difference.
 */
export function createWatch(files: Confinement): (uri: string, changed: () => void) => () => void {
  let count = 0

  return (uri, changed) => {
    const { maxWatched } = files.limits
    if (count >= maxWatched) {
      throw new FilesError('failed', `at most ${maxWatched} files and folders are watched at once`)
    }
    count += 1
    const watched = new Watched(files, uri, changed)
    let over = false
    return () => {
      if (over) return
      over = true
      count -= 1
      watched.stop()
    }
  }
}

/** One URI that is watched. */
class Watched {
  readonly #files: Confinement
  readonly #uri: string
  readonly #changed: () => void
  readonly #sinceMs = Date.now()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(files: Confinement, uri: string, changed: () => void) {
    this.#files = files
    this.#uri = uri
    this.#changed = changed
    void this.#start()
  }

  stop(): void {
    this.#over = true
    this.#watcher?.close()
    clearTimeout(this.#timer)
  }

  async #start(): Promise<void> {
    try {
      await this.#files.use(fileURLToPath(this.#uri), {}, (located) => this.#watch(located))
    } catch {
      /* a client must not be able to tell what is kept back from what does not exist */
    }
  }

  /** Through the open folder itself: one that is replaced by a link meanwhile leads nowhere else. */
  async #watch({ directory, name, names, stat }: Located): Promise<void> {
    const isFolder = stat?.isDirectory() === true
    const own = isFolder && name !== '.' ? await directory.child(name) : directory
    try {
      if (this.#over) return
      const about = (entry: string | null): boolean => {
        if (entry === null) return true
        return isFolder ? !this.#files.isProtected([...names, entry]) : entry === name
      }
      const options = { persistent: false } as const
      this.#watcher = watch(own.at('.'), options, (_event, entry) => {
        if (about(entry)) this.#soon()
      })
      // The folder is gone: there is nothing left to watch, and that is a change.
      this.#watcher.on('error', () => this.#soon())
      // What changed between the wish and the watcher.
      if (stat !== undefined && Number(stat.mtimeMs) >= this.#sinceMs) this.#soon()
    } finally {
      if (own !== directory) await own.close()
    }
  }

  #soon(): void {
    if (this.#over || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#tell()
    }, settleMs)
    this.#timer.unref()
  }

  /** What has become unreachable since, by a link or a rule, is told of no more; what is gone is. */
  async #tell(): Promise<void> {
    try {
      await this.#files.use(fileURLToPath(this.#uri), {}, async () => {})
    } catch (error) {
      if (!(error instanceof FilesError) || error.kind !== 'missing') return
    }
    if (!this.#over) this.#changed()
  }
}
