import { spend } from '../run.ts'
import type { Keyword } from '../site.ts'

/** `$ref` and `$dynamicRef`: the target is applied to the same value. */
export const refKeyword: Keyword = {
  names: ['$ref'],
  applies: true,
  compile: (site) => {
    const reference = site.schema['$ref']
    if (typeof reference !== 'string') throw site.invalid('$ref', 'a URI reference')
    const target = site.reference(reference)
    return (value, run) => {
      spend(run, 1)
      return target.check(value, run)
    }
  },
}

/** `$dynamicRef`: the outermost schema of the path with that dynamic anchor. */
export const dynamicRefKeyword: Keyword = {
  names: ['$dynamicRef'],
  applies: true,
  compile: (site) => {
    const reference = site.schema['$dynamicRef']
    if (typeof reference !== 'string') throw site.invalid('$dynamicRef', 'a URI reference')
    const target = site.dynamicReference(reference)
    return (value, run) => {
      spend(run, 1)
      return target.check(value, run)
    }
  },
}
