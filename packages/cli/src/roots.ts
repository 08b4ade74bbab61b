import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Root } from 'mortise/client'
import { UsageError } from './command-error.ts'

/** The option of verbs whose requests a server may answer by asking for roots. */
export const rootOption = {
  root: {
    value: 'DIR',
    several: true,
    help: 'Let the server know of this folder, should it ask',
  },
} as const

/** The roots that `--root` names. @throws UsageError when one is no folder. */
export function readRoots(given: readonly string[]): readonly Root[] {
  return given.map((text) => {
    const path = resolve(text)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new UsageError(`--root ${text}: there is no such folder`)
    }
    return { uri: pathToFileURL(path).href, name: basename(path) }
  })
}
