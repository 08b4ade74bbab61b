import { isMultiple } from '../decimal.ts'
import { refuse, spend, type Check } from '../run.ts'
import type { Keyword } from '../site.ts'
import { readNumber } from './read.ts'

interface Bound {
  readonly name: string
  readonly words: string
  readonly holds: (value: number, bound: number) => boolean
}

const bounds: readonly Bound[] = [
  { name: 'minimum', words: 'at least', holds: (value, bound) => value >= bound },
  { name: 'maximum', words: 'at most', holds: (value, bound) => value <= bound },
  { name: 'exclusiveMinimum', words: 'more than', holds: (value, bound) => value > bound },
  { name: 'exclusiveMaximum', words: 'less than', holds: (value, bound) => value < bound },
]

/** The four bounds and `multipleOf`. */
export const numberKeywords: readonly Keyword[] = [
  ...bounds.map(boundKeyword),
  {
    names: ['multipleOf'],
    compile: (site) => {
      const divisor = readNumber(site, 'multipleOf')
      if (divisor === undefined) return undefined
      if (!(divisor > 0) || divisor === Infinity) throw site.invalid('multipleOf', 'more than 0')
      return (value, run) => {
        if (typeof value !== 'number') return true
        if (!Number.isSafeInteger(value)) spend(run, 100)
        if (isMultiple(value, divisor)) return true
        if (run.report === undefined) return false
        return refuse(run.report, 'multipleOf', `expected a multiple of ${divisor}, got ${value}`)
      }
    },
  },
]

function boundKeyword({ name, words, holds }: Bound): Keyword {
  return {
    names: [name],
    compile: (site): Check | undefined => {
      const bound = readNumber(site, name)
      if (bound === undefined) return undefined
      return (value, run) => {
        if (typeof value !== 'number' || holds(value, bound)) return true
        if (run.report === undefined) return false
        return refuse(run.report, name, `expected ${words} ${bound}, got ${value}`)
      }
    },
  }
}
