import { missingEntries } from '../complete-lock.mjs'

/** A lock file names the native parts of every platform, or `npm ci` refuses it everywhere. */
export const lockFileLaw = {
  name: 'lock files are complete',
  check: (files) =>
    [...files]
      .filter(([path]) => path.endsWith('package-lock.json'))
      .flatMap(([path, text]) =>
        missingEntries(JSON.parse(text)).map(
          ([place]) => `${path} lacks ${place}; run: node scripts/complete-lock.mjs ${path}`,
        ),
      ),
}
