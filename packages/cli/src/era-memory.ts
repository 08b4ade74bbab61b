import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { EraMemory } from 'mortise/client'
import { createFileMap } from 'mortise/node'

/**
 * Remembers in a file which servers are of the session era, so that they are not probed by each command again. Servers are
 * kept as hashes, since URLs and command lines may hold secrets. A folder that cannot be written costs the memory, not the
 * command.
 */
export function createDiskMemory(
  folder: string,
  { onWarning }: { readonly onWarning: (warning: string) => void },
): EraMemory {
  const file = join(folder, 'eras.json')
  const map = createFileMap(file)
  const attempt = async (change: Promise<void>): Promise<void> => {
    try {
      await change
    } catch (error) {
      onWarning(`${file} cannot be written: ${error instanceof Error ? error.message : 'why?'}`)
    }
  }
  return {
    get: (key) => map.get(hashed(key)),
    set: (key, value) => attempt(map.set(hashed(key), value)),
    delete: (key) => attempt(map.delete(hashed(key))),
  }
}

function hashed(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
