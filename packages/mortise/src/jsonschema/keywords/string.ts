import { refuse, spend, type Run } from '../run.ts'
import type { Keyword } from '../site.ts'
import { counted, shorten, show } from '../value.ts'
import { readCount } from './read.ts'

/** `minLength`, `maxLength` (in code points) and `pattern`. */
export const stringKeywords: readonly Keyword[] = [
  {
    names: ['minLength'],
    compile: (site) => {
      const limit = readCount(site, 'minLength')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (typeof value !== 'string') return true
        // A code point takes one or two units: most lengths are decided without counting.
        if (value.length >= limit * 2) return true
        if (value.length >= limit && codePoints(value, run) >= limit) return true
        if (run.report === undefined) return false
        const got = codePoints(value, run)
        return refuse(
          run.report,
          'minLength',
          `expected at least ${counted(limit, 'character')}, got ${got}`,
        )
      }
    },
  },
  {
    names: ['maxLength'],
    compile: (site) => {
      const limit = readCount(site, 'maxLength')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (typeof value !== 'string' || value.length <= limit) return true
        if (value.length <= limit * 2 && codePoints(value, run) <= limit) return true
        if (run.report === undefined) return false
        const got = codePoints(value, run)
        return refuse(
          run.report,
          'maxLength',
          `expected at most ${counted(limit, 'character')}, got ${got}`,
        )
      }
    },
  },
  {
    names: ['pattern'],
    compile: (site) => {
      const source = site.schema['pattern']
      if (typeof source !== 'string') throw site.invalid('pattern', 'a string')
      const matches = site.pattern(source, 'pattern')
      return (value, run) => {
        if (typeof value !== 'string' || matches(value, run)) return true
        if (run.report === undefined) return false
        const message = `expected a match of the pattern ${shorten(source)}, got ${show(value)}`
        return refuse(run.report, 'pattern', message)
      }
    },
  },
]

function codePoints(text: string, run: Run): number {
  spend(run, text.length >> 3)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point > 0xffff) i += 1
    count += 1
  }
  return count
}
