import { markProperty } from '../frame.ts'
import type { PatternTest } from '../pattern/pattern.ts'
import { refuse, spend, visit, type Check, type Run, type SchemaNode } from '../run.ts'
import type { Keyword, Site } from '../site.ts'
import { suggest } from '../suggest.ts'
import { hasMember, isObject, show } from '../value.ts'
import { countMembers, keyCost } from './members.ts'
import { readChild, readRecord } from './read.ts'

type Members = Readonly<Record<string, unknown>>

interface Declared {
  readonly names: readonly string[]
  readonly nodes: readonly SchemaNode[]
  /** Without a prototype, so that `constructor` is a name like any other. */
  readonly known: Readonly<Record<string, SchemaNode>>
}

interface Pattern {
  readonly matches: PatternTest
  readonly node: SchemaNode
}

/** `properties`, `patternProperties` and `additionalProperties`, which depends on the other two. */
export const propertiesKeyword: Keyword = {
  names: ['properties', 'patternProperties', 'additionalProperties'],
  applies: true,
  holds: { properties: 'record', patternProperties: 'record', additionalProperties: 'schema' },
  compile: (site) => {
    const declared = readDeclared(site)
    const patterns = (readRecord(site, 'patternProperties') ?? []).map(([source, schema]) => ({
      matches: site.pattern(source, 'patternProperties'),
      node: site.child(schema, 'patternProperties', source),
    }))
    const additional = readChild(site, 'additionalProperties')
    const closed = site.schema['additionalProperties'] === false
    if (patterns.length === 0 && closed) return checkClosed(declared)
    if (patterns.length === 0 && additional === undefined) return checkDeclared(declared)
    return checkEvery(declared, patterns, closed ? 'refused' : additional)
  },
}

function readDeclared(site: Site): Declared {
  const entries = readRecord(site, 'properties') ?? []
  const names = entries.map(([name]) => name)
  const nodes = entries.map(([name, schema]) => site.child(schema, 'properties', name))
  const known = Object.create(null) as Record<string, SchemaNode>
  for (const [i, name] of names.entries()) known[name] = nodes[i] as SchemaNode
  return { names, nodes, known }
}

// Above this, it is cheaper to look up the members of the value than to ask for each declared name.
const MANY = 32

// How many declared members are there and right; -1 when one is wrong.
function visitDeclared(declared: Declared, value: Members, run: Run): number {
  const { names, nodes } = declared
  if (names.length > MANY) return visitKnown(declared, value, run)
  spend(run, names.length)
  let present = 0
  let ok = true
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    const member = value[name]
    if (member === undefined || !Object.hasOwn(value, name)) continue
    present += 1
    if (run.frame !== undefined) markProperty(run.frame, name)
    const node = nodes[i] as SchemaNode
    if (node.trivial || visit(node, member, name, run)) continue
    if (run.report === undefined) return -1
    ok = false
  }
  return ok ? present : -1
}

// The same, from the other end.
function visitKnown({ known }: Declared, value: Members, run: Run): number {
  let present = 0
  let count = 0
  let ok = true
  for (const key in value) {
    spend(run, 1 + keyCost(count++))
    const node = known[key]
    if (node === undefined || !hasMember(value, key)) continue
    present += 1
    if (run.frame !== undefined) markProperty(run.frame, key)
    if (node.trivial || visit(node, value[key], key, run)) continue
    if (run.report === undefined) return -1
    ok = false
  }
  return ok ? present : -1
}

function checkDeclared(declared: Declared): Check | undefined {
  if (declared.names.length === 0) return undefined
  return (value, run) => !isObject(value) || visitDeclared(declared, value, run) >= 0
}

// Without patterns nothing needs looking up: as many members as declared ones were found, or some are unknown.
function checkClosed(declared: Declared): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    const present = visitDeclared(declared, value, run)
    if (present < 0 && run.report === undefined) return false
    if (present >= 0 && countMembers(value, run) === present) return true
    if (run.report === undefined) return false
    return refuseUnknown(value, declared, run) && present >= 0
  }
}

function checkEvery(
  declared: Declared,
  patterns: readonly Pattern[],
  additional: Additional,
): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    let ok = visitDeclared(declared, value, run) >= 0
    if (!ok && run.report === undefined) return false
    let count = 0
    for (const key in value) {
      spend(run, keyCost(count++) + patterns.length)
      if (!hasMember(value, key)) continue
      if (visitMatching(value, key, { known: declared.known, patterns, additional, run })) continue
      if (run.report === undefined) return false
      ok = false
    }
    return ok
  }
}

// What becomes of a member that is neither declared nor matched.
type Additional = SchemaNode | 'refused' | undefined

interface Rules {
  readonly known: Declared['known']
  readonly patterns: readonly Pattern[]
  readonly additional: Additional
  readonly run: Run
}

function visitMatching(value: Members, key: string, rules: Rules): boolean {
  const { known, patterns, additional, run } = rules
  let matched = known[key] !== undefined
  let ok = true
  for (const { matches, node } of patterns) {
    if (!matches(key, run)) continue
    matched = true
    if (run.frame !== undefined) markProperty(run.frame, key)
    if (node.trivial || visit(node, value[key], key, run)) continue
    if (run.report === undefined) return false
    ok = false
  }
  if (matched || additional === undefined) return ok
  if (additional === 'refused') {
    if (run.report === undefined) return false
    const message = `unknown property ${show(key)}`
    return refuse(run.report, 'additionalProperties', message)
  }
  if (run.frame !== undefined) markProperty(run.frame, key)
  return additional.trivial || visit(additional, value[key], key, run)
}

function refuseUnknown(value: Members, { known, names }: Declared, run: Run): boolean {
  let ok = true
  for (const key in value) {
    if (!hasMember(value, key) || known[key] !== undefined || run.report === undefined) continue
    const near = suggest(key, names)
    const hint = near === undefined ? '' : ` — did you mean ${show(near)}?`
    const message = `unknown property ${show(key)}${hint}`
    ok = refuse(run.report, 'additionalProperties', message)
  }
  return ok
}
