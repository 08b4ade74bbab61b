import { mergeConfig } from 'vitest/config'
import shared from '../../vitest.config.ts'
import { plant } from '../set-up/plant.mjs'

/** The fault of this run, `{ file, from, to }` as JSON; absent for the library as it is. */
const fault = process.env.MORTISE_PLANTED_FAULT

/** The configuration of all tests, with one fault planted in the library on its way to them. */
export default mergeConfig(shared, {
  plugins: fault === undefined ? [] : [planting(JSON.parse(fault))],
})

function planting(patch) {
  const end = `/packages/mortise/src/${patch.file}`
  return {
    name: 'plant',
    enforce: 'pre',
    transform(code, id) {
      const [path] = id.replaceAll('\\', '/').split('?')
      return path.endsWith(end) ? { code: plant(code, patch), map: null } : undefined
    },
  }
}
