import { draft2020 } from './dialect.ts'
import { never } from './keywords/logic.ts'
import type { SchemaLimits } from './limits.ts'
import { createFrame, mergeFrame } from './frame.ts'
import { compilePattern, type PatternTest } from './pattern/pattern.ts'
import { pointerToken } from './pointer.ts'
import {
  createRegistry,
  type Documents,
  type Registry,
  type Resource,
  type Target,
} from './registry.ts'
import { enter, spend, type Check, type SchemaNode } from './run.ts'
import type { Keyword, SchemaObject, Site } from './site.ts'
import { ROOT_URI, splitFragment } from './uri.ts'
import { SchemaError } from './validator.ts'
import { isObject, show } from './value.ts'

/** What a compilation is handed besides the schema. */
export interface CompileOptions {
  readonly limits: SchemaLimits
  readonly documents: Documents
}

interface Job {
  readonly node: SchemaNode
  readonly schema: SchemaObject
  readonly resource: Resource
  readonly path: string
}

// What one compilation shares between its schemas.
interface Compilation {
  readonly limits: SchemaLimits
  readonly registry: Registry
  // A queue and not a recursion: a chain of references may be longer than the stack.
  readonly jobs: Job[]
  readonly patterns: Map<string, PatternTest>
  // Nodes that enter a resource: with `$dynamicRef` in play, they extend the dynamic scope.
  readonly gates: { readonly node: SchemaNode; readonly resource: Resource }[]
  // By the name of a `$dynamicAnchor`: what a `$dynamicRef` may choose in each resource.
  readonly candidates: Map<string, Map<Resource, SchemaNode>>
  // The resources whose candidates are known.
  readonly searched: Set<Resource>
  usesDynamicScope: boolean
  subschemas: number
  patternStates: number
  patternProperties: number
}

/**
 * Compiles a schema, and all that it refers to, into a graph of checks. Schemas that nothing refers to are not looked
 * at.
 * @throws SchemaError
 */
export function compileSchema(schema: unknown, { limits, documents }: CompileOptions): SchemaNode {
  const registry = createRegistry(documents, limits)
  const compilation: Compilation = {
    limits,
    registry,
    jobs: [],
    patterns: new Map(),
    gates: [],
    candidates: new Map(),
    searched: new Set(),
    usesDynamicScope: false,
    subschemas: 0,
    patternStates: 0,
    patternProperties: 0,
  }
  const resource = registry.add(schema, ROOT_URI, draft2020)
  const root = nodeFor(compilation, { schema, resource, path: '' })
  do runJobs(compilation)
  while (addCandidates(compilation))
  if (compilation.usesDynamicScope) for (const gate of compilation.gates) openScope(gate)
  return root
}

function runJobs(compilation: Compilation): void {
  for (let job = compilation.jobs.pop(); job !== undefined; job = compilation.jobs.pop()) {
    build(compilation, job)
  }
}

const accept: Check = () => true

function nodeFor(compilation: Compilation, { schema, resource, path }: Target): SchemaNode {
  if (schema === true) return { check: accept, trivial: true }
  if (schema === false) return { check: never, trivial: false }
  if (!isObject(schema)) {
    const message = `a schema is an object or a boolean, not ${show(schema)}`
    throw new SchemaError('ERR_SCHEMA_INVALID', message, { path })
  }
  const owner = resource.embedded.get(schema) ?? resource
  const known = owner.nodes.get(schema)
  if (known !== undefined) return known
  compilation.subschemas += 1
  const { maxSubschemas } = compilation.limits
  if (compilation.subschemas > maxSubschemas) throw exceeds(`${maxSubschemas} subschemas`, path)
  const node: SchemaNode = { check: accept, trivial: false }
  owner.nodes.set(schema, node)
  compilation.jobs.push({ node, schema, resource: owner, path })
  if (schema === owner.root) compilation.gates.push({ node, resource: owner })
  return node
}

function build(compilation: Compilation, { node, schema, resource, path }: Job): void {
  const { late } = resource.dialect
  const site = createSite(compilation, { schema, resource, path })
  const keywords = keywordsOf(schema, resource)
  const compile = (keyword: Keyword): readonly Check[] => {
    const check = keyword.compile?.(site)
    return check === undefined ? [] : [check]
  }
  const early = keywords.filter((keyword) => !late.has(keyword)).flatMap(compile)
  const lateChecks = keywords.filter((keyword) => late.has(keyword)).flatMap(compile)
  node.trivial = early.length === 0 && lateChecks.length === 0
  const checks = sequence(early)
  if (lateChecks.length > 0) node.check = withFrame(checks, sequence(lateChecks))
  else node.check = keywords.some((keyword) => keyword.applies) ? nested(early, checks) : checks
}

function keywordsOf(schema: SchemaObject, resource: Resource): readonly Keyword[] {
  const { byName, keywords, isDraft07 } = resource.dialect
  if (isDraft07 && typeof schema['$ref'] === 'string') {
    return keywords.filter((keyword) => keyword.names[0] === '$ref')
  }
  const present = new Set<Keyword>()
  for (const name of Object.keys(schema)) {
    const keyword = schema[name] === undefined ? undefined : byName.get(name)
    if (keyword !== undefined) present.add(keyword)
  }
  if (present.size < 2) return [...present]
  return keywords.filter((keyword) => present.has(keyword))
}

function sequence(checks: readonly Check[]): Check {
  const [first, second] = checks
  if (first === undefined) return accept
  if (second === undefined) return first
  return (value, run) => {
    let ok = true
    for (let i = 0; i < checks.length; i++) {
      if ((checks[i] as Check)(value, run)) continue
      if (run.report === undefined) return false
      ok = false
    }
    return ok
  }
}

// A schema that applies others counts against the depth.
function nested(checks: readonly Check[], all: Check): Check {
  if (checks.length === 0) return accept
  return (value, run) => {
    enter(run)
    const ok = all(value, run)
    run.depth += 1
    return ok
  }
}

// Collects what `early` evaluates, for `late` to look at the rest.
function withFrame(early: Check, late: Check): Check {
  return (value, run) => {
    enter(run)
    const outer = run.frame
    const frame = createFrame()
    run.frame = frame
    const ok = early(value, run) && late(value, run)
    run.frame = outer
    if (ok && outer !== undefined) mergeFrame(outer, frame, run)
    run.depth += 1
    return ok
  }
}

function createSite(compilation: Compilation, { schema, resource, path }: Omit<Job, 'node'>): Site {
  const at = (keyword: string): string => path + pointerToken(keyword)
  return {
    schema,
    limits: compilation.limits,
    child: (value, keyword, key) => {
      const childPath = key === undefined ? at(keyword) : at(keyword) + pointerToken(key)
      return nodeFor(compilation, { schema: value, resource, path: childPath })
    },
    reference: (reference) => {
      const target = resolve(compilation, { reference, resource, path: at('$ref') })
      return crossing(compilation, target, resource)
    },
    dynamicReference: (reference) => {
      const target = resolve(compilation, { reference, resource, path: at('$dynamicRef') })
      return dynamicNode(compilation, { target, reference, from: resource })
    },
    pattern: (source, keyword) => patternFor(compilation, source, at(keyword)),
    invalid: (keyword, expected) => {
      const message = `"${keyword}" must be ${expected}`
      return new SchemaError('ERR_SCHEMA_INVALID', message, { path: at(keyword) })
    },
    tooComplex: (keyword, what) => exceeds(what, at(keyword)),
  }
}

function exceeds(what: string, path: string): SchemaError {
  return new SchemaError('ERR_SCHEMA_TOO_COMPLEX', `the schema has more than ${what}`, { path })
}

function resolve(
  { registry }: Compilation,
  { reference, resource, path }: { reference: string; resource: Resource; path: string },
): Target {
  try {
    return registry.resolve(reference, resource)
  } catch (error) {
    // The registry knows the reference, and only we know where it stands.
    if (!(error instanceof SchemaError) || error.path !== '') throw error
    throw new SchemaError(error.code, error.message, { path, cause: error })
  }
}

// A reference into the middle of another resource enters that resource too.
function crossing(compilation: Compilation, target: Target, from: Resource): SchemaNode {
  const inner = nodeFor(compilation, target)
  if (target.resource === from || target.schema === target.resource.root) return inner
  const node: SchemaNode = { check: (value, run) => inner.check(value, run), trivial: false }
  compilation.gates.push({ node, resource: target.resource })
  return node
}

function openScope({ node, resource }: Compilation['gates'][number]): void {
  const inner = node.check
  node.check = (value, run) => {
    const outer = run.scope
    run.scope = { resource, outer }
    const ok = inner(value, run)
    run.scope = outer
    return ok
  }
}

// 2020-12 core §8.2.3.2: the outermost resource of the dynamic scope with that `$dynamicAnchor`, if the plain target has it.
function dynamicNode(
  compilation: Compilation,
  { target, reference, from }: { target: Target; reference: string; from: Resource },
): SchemaNode {
  const initial = crossing(compilation, target, from)
  const { fragment } = splitFragment(reference)
  if (target.resource.dynamicAnchors.get(fragment)?.schema !== target.schema) return initial
  compilation.usesDynamicScope = true
  const candidates = candidatesFor(compilation, fragment)
  const check: Check = (value, run) => {
    let chosen = initial
    for (let scope = run.scope; scope !== undefined; scope = scope.outer) {
      spend(run, 1)
      chosen = candidates.get(scope.resource) ?? chosen
    }
    return chosen.check(value, run)
  }
  return { check, trivial: false }
}

function candidatesFor({ candidates }: Compilation, name: string): Map<Resource, SchemaNode> {
  const known = candidates.get(name)
  if (known !== undefined) return known
  const created = new Map<Resource, SchemaNode>()
  candidates.set(name, created)
  return created
}

// Compiles what `$dynamicRef` may choose, in resources not seen before; true when that made more work.
function addCandidates(compilation: Compilation): boolean {
  if (!compilation.usesDynamicScope) return false
  for (const resource of compilation.registry.resources()) {
    if (compilation.searched.has(resource)) continue
    compilation.searched.add(resource)
    for (const [name, target] of resource.dynamicAnchors) {
      candidatesFor(compilation, name).set(resource, nodeFor(compilation, target))
    }
  }
  return compilation.jobs.length > 0
}

function patternFor(compilation: Compilation, source: string, path: string): PatternTest {
  const known = compilation.patterns.get(source)
  if (known !== undefined) return known
  const { limits } = compilation
  const { maxPatterns } = limits
  if (compilation.patterns.size >= maxPatterns) throw exceeds(`${maxPatterns} patterns`, path)
  const { test, states, properties } = compilePattern(source, {
    limits,
    maxStates: limits.maxPatternStates - compilation.patternStates,
    maxProperties: limits.maxPatternProperties - compilation.patternProperties,
    path,
  })
  compilation.patternStates += states
  compilation.patternProperties += properties
  compilation.patterns.set(source, test)
  return test
}
