import { LimitError } from '../std/error.ts'
import { compileSchema } from './compile.ts'
import { resolveSchemaLimits, type SchemaLimits } from './limits.ts'
import { metaSchemas } from './meta-schemas.ts'
import type { Documents } from './registry.ts'
import type { Run, SchemaNode } from './run.ts'
import { resolveUri, splitFragment } from './uri.ts'
import type { Issue, JsonSchema, SchemaCompiler, Validator, Verdict } from './validator.ts'

/** Limits, and what references may lead to. */
export interface InterpreterOptions extends Partial<SchemaLimits> {
  /**
   * Schemas by absolute URI: the only ones, with the meta-schemas of the supported dialects, that `$ref` and `$schema`
   * can name outside the schema itself. Default: none. Nothing is ever fetched.
   */
  readonly schemas?: Readonly<Record<string, JsonSchema>>
}

const VALID: Verdict = { ok: true }

/**
 * A compiler for JSON Schema 2020-12, and for draft-07 where `$schema` says so. `format` and the content keywords are
 * annotations: they refuse nothing. The schema and the value may both be hostile; see `SchemaLimits`.
 * @throws TypeError when a limit or a URI is not what it must be.
 */
export function createInterpreter({
  schemas = {},
  ...changes
}: InterpreterOptions = {}): SchemaCompiler {
  const limits = resolveSchemaLimits(changes)
  const documents = collect(schemas)
  return {
    compile: (schema) => createValidator(compileSchema(schema, { limits, documents }), limits),
  }
}

function collect(schemas: Readonly<Record<string, JsonSchema>>): Documents {
  const documents = new Map<string, unknown>()
  let dialects: ReadonlyMap<string, unknown> | undefined
  for (const [key, schema] of Object.entries(schemas)) {
    const { uri } = splitFragment(key)
    const absolute = uri === '' ? undefined : resolveUri(uri)
    if (absolute === undefined) throw new TypeError(`${key} is no absolute URI`)
    documents.set(absolute, schema)
  }
  return {
    get(uri) {
      if (documents.has(uri)) return documents.get(uri)
      // Made for the first schema that refers to one: most never do.
      dialects ??= new Map(metaSchemas().map((one) => [splitFragment(String(one['$id'])).uri, one]))
      return dialects.get(uri)
    },
  }
}

function createValidator(root: SchemaNode, limits: SchemaLimits): Validator {
  return {
    validate: (value) => {
      const run: Run = {
        steps: limits.maxSteps,
        depth: limits.maxDepth,
        frame: undefined,
        scope: undefined,
        report: undefined,
      }
      try {
        return root.check(value, run)
          ? VALID
          : { ok: false, issues: findIssues(root, value, limits) }
      } catch (error) {
        return { ok: false, issues: [toIssue(error)] }
      }
    },
  }
}

// The second pass: only a refused value pays for paths and messages.
function findIssues(root: SchemaNode, value: unknown, limits: SchemaLimits): readonly Issue[] {
  const issues: Issue[] = []
  const { maxSteps, maxDepth, maxIssues } = limits
  const report = { issues, path: [], maxIssues, alternatives: 0 }
  try {
    root.check(value, {
      steps: maxSteps / 2,
      depth: maxDepth,
      frame: undefined,
      scope: undefined,
      report,
    })
  } catch (error) {
    // Whatever ended the search, the value is refused; what was found so far says why.
    if (issues.length > 0) return issues.slice(0, maxIssues)
    const { path, keyword, message } = toIssue(error)
    return [{ path, keyword, message: `does not match the schema; what exactly is ${message}` }]
  }
  return issues.slice(0, maxIssues)
}

function toIssue(error: unknown): Issue {
  const message =
    error instanceof LimitError || error instanceof RangeError
      ? `not checked to the end: ${error.message}`
      : 'not checked: reading the value failed, so it is no plain JSON data'
  return { path: '', keyword: 'budget', message }
}
