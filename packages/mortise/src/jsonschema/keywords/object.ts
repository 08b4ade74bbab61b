import { countMembers, keyCost } from '../members.ts'
import { refuse, spend, visit, type Check } from '../run.ts'
import type { Keyword, Site } from '../site.ts'
import { counted, hasMember, isArray, isObject, show } from '../value.ts'
import { readChild, readCount, readNames, readRecord, toNames } from './read.ts'

/** `required`, `minProperties`, `maxProperties`, `dependentRequired`. */
export const objectKeywords: readonly Keyword[] = [
  {
    names: ['required'],
    compile: (site) => {
      const names = readNames(site, 'required')
      if (names === undefined || names.length === 0) return undefined
      return (value, run) => {
        if (!isObject(value)) return true
        spend(run, names.length >> 1)
        let ok = true
        for (const name of names) {
          if (hasMember(value, name)) continue
          if (run.report === undefined) return false
          const message = `missing required property ${show(name)}`
          ok = refuse(run.report, 'required', message)
        }
        return ok
      }
    },
  },
  {
    names: ['minProperties'],
    compile: (site) => {
      const limit = readCount(site, 'minProperties')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (!isObject(value)) return true
        const count = countMembers(value, run)
        if (count >= limit) return true
        if (run.report === undefined) return false
        const message = `expected at least ${counted(limit, 'property')}, got ${count}`
        return refuse(run.report, 'minProperties', message)
      }
    },
  },
  {
    names: ['maxProperties'],
    compile: (site) => {
      const limit = readCount(site, 'maxProperties')
      if (limit === undefined) return undefined
      return (value, run) => {
        if (!isObject(value)) return true
        const count = countMembers(value, run)
        if (count <= limit) return true
        if (run.report === undefined) return false
        const message = `expected at most ${counted(limit, 'property')}, got ${count}`
        return refuse(run.report, 'maxProperties', message)
      }
    },
  },
  {
    names: ['dependentRequired'],
    compile: (site) => {
      const checks = (readRecord(site, 'dependentRequired') ?? []).map(([name, names]) =>
        requires(name, toNames(site, 'dependentRequired', names)),
      )
      return all(checks)
    },
  },
]

/** `propertyNames`. */
export const propertyNamesKeyword: Keyword = {
  names: ['propertyNames'],
  applies: true,
  holds: { propertyNames: 'schema' },
  compile: (site) => {
    const node = readChild(site, 'propertyNames')
    if (node === undefined || node.trivial) return undefined
    return (value, run) => {
      if (!isObject(value)) return true
      let ok = true
      let count = 0
      for (const key in value) {
        spend(run, 2 + keyCost(count++))
        if (!hasMember(value, key) || visit(node, key, key, run)) continue
        if (run.report === undefined) return false
        ok = refuse(run.report, 'propertyNames', `${show(key)} is not an allowed name`)
      }
      return ok
    }
  },
}

/** `dependentSchemas`. */
export const dependentSchemasKeyword: Keyword = {
  names: ['dependentSchemas'],
  applies: true,
  holds: { dependentSchemas: 'record' },
  compile: (site) => {
    const checks = (readRecord(site, 'dependentSchemas') ?? []).map(([name, schema]) =>
      entails(site, name, { schema, keyword: 'dependentSchemas' }),
    )
    return all(checks)
  },
}

/** `dependencies`: draft-07's union of the two above, still understood in 2020-12 as its meta-schema advises. */
export const dependenciesKeyword: Keyword = {
  names: ['dependencies'],
  applies: true,
  holds: { dependencies: 'record' },
  compile: (site) => {
    const checks = (readRecord(site, 'dependencies') ?? []).map(([name, value]) =>
      isArray(value)
        ? requires(name, toNames(site, 'dependencies', value))
        : entails(site, name, { schema: value, keyword: 'dependencies' }),
    )
    return all(checks)
  },
}

function requires(name: string, names: readonly string[]): Check {
  return (value, run) => {
    if (!isObject(value) || !hasMember(value, name)) return true
    spend(run, names.length >> 1)
    let ok = true
    for (const needed of names) {
      if (hasMember(value, needed)) continue
      if (run.report === undefined) return false
      const message = `${show(name)} also needs the property ${show(needed)}`
      ok = refuse(run.report, 'dependentRequired', message)
    }
    return ok
  }
}

function entails(
  site: Site,
  name: string,
  { schema, keyword }: { schema: unknown; keyword: string },
): Check {
  const node = site.child(schema, keyword, name)
  return (value, run) => !isObject(value) || !hasMember(value, name) || node.check(value, run)
}

function all(checks: readonly Check[]): Check | undefined {
  if (checks.length === 0) return undefined
  return (value, run) => {
    if (!isObject(value)) return true
    let ok = true
    for (const check of checks) {
      spend(run, 2)
      if (check(value, run)) continue
      if (run.report === undefined) return false
      ok = false
    }
    return ok
  }
}
