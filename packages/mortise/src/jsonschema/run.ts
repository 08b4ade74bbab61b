import { LimitError } from '../std/error.ts'
import type { Frame } from './frame.ts'
import { pointerToken } from './pointer.ts'
import type { Resource } from './registry.ts'
import type { Issue } from './validator.ts'

/**
 * A keyword, or a whole schema, as a predicate. In the first pass (`run.report` undefined) it stops at the first
 * failure and builds nothing; in the second, which only a refused value gets, it goes on and reports every failure.
 */
export type Check = (value: unknown, run: Run) => boolean

/** A compiled schema. `check` is filled in after the node is made, so that schemas can refer to one another. */
export interface SchemaNode {
  check: Check
  /** True for the schema `true`: not worth a visit. */
  trivial: boolean
}

/** The state of one validation. */
export interface Run {
  /** What is left of `maxSteps`. */
  steps: number
  /** What is left of `maxDepth`. */
  depth: number
  /** What was evaluated so far in the value at hand; only kept below an `unevaluated*` keyword. */
  frame: Frame | undefined
  /** The dynamic scope, innermost first; only kept where the schema uses `$dynamicRef`. */
  scope: Scope | undefined
  /** Present in the second pass. */
  report: Report | undefined
}

/** The chain of schema resources that evaluation has entered, innermost first. */
export interface Scope {
  readonly resource: Resource
  readonly outer: Scope | undefined
}

/** Where the second pass writes. */
export interface Report {
  issues: Issue[]
  readonly path: (string | number)[]
  readonly maxIssues: number
  /** How many `anyOf` and `oneOf` around the current place are being explained. */
  alternatives: number
}

/** Pays for `steps` units of work. @throws LimitError when they are not left; `interpreter.ts` makes it an issue. */
export function spend(run: Run, steps: number): void {
  run.steps -= steps
  if (run.steps < 0) throw new LimitError('maxSteps', 'the value takes too many steps to check')
}

/** Goes one schema deeper; `leave` comes back. @throws LimitError when `maxDepth` is exceeded. */
export function enter(run: Run): void {
  run.steps -= 1
  run.depth -= 1
  if (run.steps < 0 || run.depth < 0) throw exceeded(run)
}

function exceeded(run: Run): LimitError {
  if (run.steps < 0) return new LimitError('maxSteps', 'the value takes too many steps to check')
  return new LimitError(
    'maxDepth',
    'the value is nested too deeply, or its schema recurses forever',
  )
}

/** Writes an issue at the current path in the second pass. Always false, so that a check can return it. */
export function refuse(report: Report, keyword: string, message: string): false {
  report.issues.push({ path: pathOf(report), keyword, message })
  if (report.issues.length >= report.maxIssues)
    throw new LimitError('maxIssues', 'enough was found')
  return false
}

const MAX_KEY_CHARS = 200

// A key of megabytes would be repeated in every issue below it.
function pathOf({ path }: Report): string {
  const cut = (key: string | number): string | number =>
    typeof key === 'string' && key.length > MAX_KEY_CHARS ? `${key.slice(0, MAX_KEY_CHARS)}…` : key
  return path.map((key) => pointerToken(cut(key))).join('')
}

/** Applies `node` to a member of the value at hand: its path is one longer and it has annotations of its own. */
export function visit(node: SchemaNode, value: unknown, key: string | number, run: Run): boolean {
  if (run.report === undefined && run.frame === undefined) return node.check(value, run)
  const { frame, report } = run
  run.frame = undefined
  report?.path.push(key)
  const ok = node.check(value, run)
  report?.path.pop()
  run.frame = frame
  return ok
}

/** Applies `node` without reporting: the answer may be no without anything being wrong (`not`, `if`, `contains`). */
export function probe(node: SchemaNode, value: unknown, run: Run): boolean {
  const { report } = run
  run.report = undefined
  const ok = node.check(value, run)
  run.report = report
  return ok
}
