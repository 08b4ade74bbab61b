import { equal } from '../equal.ts'
import { createMembership } from '../membership.ts'
import { refuse, type Check } from '../run.ts'
import type { Keyword, Site } from '../site.ts'
import { suggest } from '../../std/suggest.ts'
import { isArray, isObject, show, showList, typeName } from '../value.ts'

const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === 'string',
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
}

/** `type`: one name or several. */
export const typeKeyword: Keyword = {
  names: ['type'],
  compile: (site) => {
    const { type } = site.schema
    const names = isArray(type) ? type : [type]
    if (names.length === 0) throw site.invalid('type', 'at least one type')
    if (new Set(names).size < names.length) throw site.invalid('type', 'without repetition')
    const accepted = names.map((name) => testFor(site, name))
    const expected = names.join(' or ')
    const [first] = accepted
    return first !== undefined && accepted.length === 1
      ? checkType(first, expected)
      : checkType((value) => accepted.some((test) => test(value)), expected)
  },
}

function testFor(site: Site, name: unknown): (value: unknown) => boolean {
  const test = typeof name === 'string' && Object.hasOwn(tests, name) ? tests[name] : undefined
  if (test === undefined) {
    throw site.invalid('type', `one of ${Object.keys(tests).join(', ')}, not ${show(name)}`)
  }
  return test
}

function checkType(test: (value: unknown) => boolean, expected: string): Check {
  return (value, run) => {
    if (test(value)) return true
    if (run.report === undefined) return false
    const got = Number.isFinite(value) ? show(value) : typeName(value)
    // "expected integer, got number" would puzzle: the number itself says more.
    const detail = expected.includes('integer') ? got : typeName(value)
    return refuse(run.report, 'type', `expected ${expected}, got ${detail}`)
  }
}

/** `enum`: equal to one of the values. */
export const enumKeyword: Keyword = {
  names: ['enum'],
  compile: (site) => {
    const values = site.schema['enum']
    if (!isArray(values)) throw site.invalid('enum', 'an array')
    const { maxEnumValues } = site.limits
    if (values.length > maxEnumValues) throw site.tooComplex('enum', `${maxEnumValues} values`)
    const has = createMembership(values)
    const expected = showList(values)
    const texts = values.filter((one) => typeof one === 'string')
    return (value, run) => {
      if (has(value, run)) return true
      if (run.report === undefined) return false
      const near = typeof value === 'string' ? suggest(value, texts) : undefined
      const hint = near === undefined ? '' : ` — did you mean ${show(near)}?`
      return refuse(run.report, 'enum', `expected one of ${expected}, got ${show(value)}${hint}`)
    }
  },
}

/** `const`: equal to the value. */
export const constKeyword: Keyword = {
  names: ['const'],
  compile: (site) => {
    const expected = site.schema['const']
    return (value, run) => {
      if (equal(expected, value, run)) return true
      if (run.report === undefined) return false
      return refuse(run.report, 'const', `expected ${show(expected)}, got ${show(value)}`)
    }
  },
}
