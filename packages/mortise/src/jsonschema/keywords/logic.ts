import { LimitError } from '../../std/error.ts'
import { attempt } from '../frame.ts'
import { probe, refuse, spend, type Check, type Report, type Run, type SchemaNode } from '../run.ts'
import type { Keyword } from '../site.ts'
import type { Issue } from '../validator.ts'
import { readChild, readChildren } from './read.ts'

/** `allOf`, `anyOf`, `oneOf`, `not`, and `if` with its two branches. */
export const logicKeywords: readonly Keyword[] = [
  {
    names: ['allOf'],
    applies: true,
    holds: { allOf: 'list' },
    compile: (site) => {
      const nodes = readChildren(site, 'allOf') ?? []
      return (value, run) => {
        let ok = true
        for (const node of nodes) {
          spend(run, 1)
          if (node.check(value, run)) continue
          if (run.report === undefined) return false
          ok = false
        }
        return ok
      }
    },
  },
  {
    names: ['anyOf'],
    applies: true,
    holds: { anyOf: 'list' },
    compile: (site) => {
      const nodes = readChildren(site, 'anyOf') ?? []
      return (value, run) =>
        matching(nodes, value, { run, enough: 1 }) > 0 || explain('anyOf', nodes, value, run)
    },
  },
  {
    names: ['oneOf'],
    applies: true,
    holds: { oneOf: 'list' },
    compile: (site) => {
      const nodes = readChildren(site, 'oneOf') ?? []
      return (value, run) => {
        const count = matching(nodes, value, { run, enough: 2 })
        if (count === 1) return true
        if (count === 0) return explain('oneOf', nodes, value, run)
        if (run.report === undefined) return false
        return refuse(
          run.report,
          'oneOf',
          'expected a match of exactly one alternative, got several',
        )
      }
    },
  },
  {
    names: ['not'],
    applies: true,
    holds: { not: 'schema' },
    compile: (site) => {
      const node = readChild(site, 'not')
      if (node === undefined) return undefined
      return (value, run) => {
        const { frame } = run
        run.frame = undefined
        const matches = probe(node, value, run)
        run.frame = frame
        if (!matches) return true
        if (run.report === undefined) return false
        return refuse(run.report, 'not', 'the value matches what "not" forbids')
      }
    },
  },
  {
    names: ['if', 'then', 'else'],
    applies: true,
    holds: { if: 'schema', then: 'schema', else: 'schema' },
    compile: (site) => {
      const condition = readChild(site, 'if')
      const consequence = readChild(site, 'then')
      const alternative = readChild(site, 'else')
      if (condition === undefined) return undefined
      return (value, run): boolean => {
        const branch = quietly(condition, value, run) ? consequence : alternative
        return branch === undefined || branch.check(value, run)
      }
    },
  },
]

// A branch that may fail: nothing is reported, and what it evaluated counts only if it succeeds.
function quietly(node: SchemaNode, value: unknown, run: Run): boolean {
  const { report } = run
  run.report = undefined
  const ok = attempt(node, value, run)
  run.report = report
  return ok
}

// How many branches match, counting no further than `enough` unless what they evaluate is wanted.
function matching(
  nodes: readonly SchemaNode[],
  value: unknown,
  { run, enough }: { run: Run; enough: number },
): number {
  let count = 0
  for (const node of nodes) {
    spend(run, 1)
    if (quietly(node, value, run)) count += 1
    if (count >= enough && (run.frame === undefined || enough > 1)) return count
  }
  return count
}

// Alternatives within alternatives: explaining all of them costs more the deeper they go, and reads worse.
const MAX_EXPLAINED = 3

// Says what the nearest branch lacks: the one whose first complaint lies deepest in the value.
function explain(keyword: string, nodes: readonly SchemaNode[], value: unknown, run: Run): false {
  const { report } = run
  if (report === undefined) return false
  if (report.alternatives >= MAX_EXPLAINED) {
    return refuse(report, keyword, `matches none of ${nodes.length} alternatives`)
  }
  const attempts = nodes.map((node) => complaints(node, value, { run, report }))
  const nearest = attempts.reduce((best, issues) =>
    depthOf(issues) > depthOf(best) ? issues : best,
  )
  if (nodes.length > 1) {
    const at = attempts.indexOf(nearest) + 1
    const message = `matches none of ${nodes.length} alternatives; alternative ${at} is nearest`
    refuse(report, keyword, message)
  }
  for (const issue of nearest.slice(0, report.maxIssues - report.issues.length)) {
    report.issues.push(issue)
  }
  return false
}

// A complaint about the type of the whole value says that the branch was not meant at all.
function depthOf(issues: readonly Issue[]): number {
  const [first] = issues
  if (first === undefined) return 0
  return first.path.split('/').length * 2 + (first.keyword === 'type' ? 0 : 1)
}

function complaints(
  node: SchemaNode,
  value: unknown,
  { run, report }: { run: Run; report: Report },
): Issue[] {
  const issues: Issue[] = []
  const { frame, scope, depth } = run
  const pathLength = report.path.length
  run.frame = undefined
  const alternatives = report.alternatives + 1
  run.report = { issues, path: report.path, maxIssues: report.maxIssues, alternatives }
  try {
    node.check(value, run)
  } catch (error) {
    if (!(error instanceof LimitError) || error.limit !== 'maxIssues') throw error
    // Enough is known about this branch; go on from where it began.
    report.path.length = pathLength
    run.scope = scope
    run.depth = depth
  }
  run.report = report
  run.frame = frame
  spend(run, 20 + issues.length * (20 + report.path.length * 4))
  return issues
}

/** The check of the schema `false`. */
export const never: Check = (_value, run) => {
  if (run.report === undefined) return false
  return refuse(run.report, 'false', 'no value is allowed here')
}
