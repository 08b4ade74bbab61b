import { markProperty } from '../frame.ts'
import { countMembers, keyCost } from '../members.ts'
import type { PatternTest } from '../pattern/pattern.ts'
import { refuse, spend, visit, type Check, type Run, type SchemaNode } from '../run.ts'
import type { Keyword, Site } from '../site.ts'
import { suggest } from '../../std/suggest.ts'
import { hasMember, isObject, show } from '../value.ts'
import { readChild, readRecord } from './read.ts'

type Members = Readonly<Record<string, unknown>>

interface Declared {
  readonly names: readonly string[]
  readonly nodes: readonly SchemaNode[]
  /** The nodes by name. Without a prototype, so that `constructor` is a name like any other. */
  readonly known: Readonly<Record<string, SchemaNode>>
}

interface Rules {
  readonly declared: Declared
  readonly patterns: readonly { readonly matches: PatternTest; readonly node: SchemaNode }[]
  /** What becomes of a member that is neither declared nor matched. */
  readonly additional: SchemaNode | 'refused' | undefined
}

// Above this it is cheaper to look up each member of the value than to ask for each declared name.
const MANY = 32

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
    if (patterns.length === 0 && declared.names.length <= MANY) {
      if (closed) return checkClosed(declared)
      if (additional === undefined) return checkDeclared(declared)
    }
    return checkEvery({ declared, patterns, additional: closed ? 'refused' : additional })
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

function checkDeclared(declared: Declared): Check | undefined {
  if (declared.names.length === 0) return undefined
  return (value, run) => !isObject(value) || visitDeclared(declared, value, run) >= 0
}

// Nothing needs looking up: there are as many members as declared ones were found, or some are unknown.
function checkClosed(declared: Declared): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    const present = visitDeclared(declared, value, run)
    if (run.report === undefined) {
      return present >= 0 && countMembers(value, run, present) === present
    }
    let ok = present >= 0
    for (const key in value) {
      spend(run, 1)
      if (!hasMember(value, key) || declared.known[key] !== undefined) continue
      ok = refuseUnknown(declared, key, run)
    }
    return ok
  }
}

// How many declared members are there and right; -1 when one is wrong.
function visitDeclared({ names, nodes }: Declared, value: Members, run: Run): number {
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

function checkEvery(rules: Rules): Check {
  const keyPrice = 1 + rules.patterns.length
  return (value, run) => {
    if (!isObject(value)) return true
    // What is neither declared nor matched falls to `additional`: then everything is evaluated.
    if (run.frame !== undefined && rules.additional !== undefined) run.frame.allProperties = true
    let ok = true
    let count = 0
    for (const key in value) {
      spend(run, keyPrice + keyCost(count++))
      if (!hasMember(value, key) || visitMember(rules, value, key, run)) continue
      if (run.report === undefined) return false
      ok = false
    }
    return ok
  }
}

function visitMember(rules: Rules, value: Members, key: string, run: Run): boolean {
  const { declared, patterns, additional } = rules
  const node = declared.known[key]
  let matched = node !== undefined
  let ok = node === undefined || accepts(node, value, key, run)
  for (const pattern of patterns) {
    if (!ok && run.report === undefined) return false
    if (!pattern.matches(key, run)) continue
    matched = true
    if (!accepts(pattern.node, value, key, run)) ok = false
  }
  if (matched || additional === undefined) return ok
  if (additional !== 'refused') return accepts(additional, value, key, run)
  return refuseUnknown(declared, key, run)
}

function accepts(node: SchemaNode, value: Members, key: string, run: Run): boolean {
  const { frame } = run
  if (frame !== undefined && !frame.allProperties) {
    spend(run, 4)
    markProperty(frame, key)
  }
  return node.trivial || visit(node, value[key], key, run)
}

function refuseUnknown({ names }: Declared, key: string, run: Run): false {
  if (run.report === undefined) return false
  const near = suggest(key, names)
  const hint = near === undefined ? '' : ` — did you mean ${show(near)}?`
  return refuse(run.report, 'additionalProperties', `unknown property ${show(key)}${hint}`)
}
