import { createInterpreter } from '../jsonschema/interpreter.ts'
import type { Issue, JsonSchema, Validator } from '../jsonschema/validator.ts'
import { toJsonSchema } from './json-schema.ts'
import { constantOf } from './members.ts'
import type { Shape } from './notation.ts'
import { alternativesOf, readVocabulary } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Which types are meant. */
export interface ShapeOptions {
  /** Ids of extensions whose types count too, `io.modelcontextprotocol/tasks` say. Default: none. */
  readonly extensions?: readonly string[]
}

/** Judges values by the types of one revision. */
export interface Checker {
  readonly vocabulary: Vocabulary
  /** What is wrong with `value`. `key` names `shape` among those of this checker; a name of a type is its own. */
  check(value: unknown, key: string, shape?: Shape): readonly Issue[]
  /** The names of the messages in a union of them, by their method; empty when there is no such union. */
  methods(union: string): ReadonlyMap<string, string>
}

const compiler = createInterpreter()
const checkers = new Map<string, Checker>()

/**
 * The checker of a version, made on first use and kept: there are as many as there are versions and extensions.
 * @throws TypeError when the version or an extension is not known.
 */
export function checkerOf(version: string, { extensions = [] }: ShapeOptions): Checker {
  const wanted = [...new Set(extensions)].sort()
  const key = [version, ...wanted].join(' ')
  const known = checkers.get(key)
  if (known !== undefined) return known
  const created = createChecker(readVocabulary(version, wanted))
  checkers.set(key, created)
  return created
}

function createChecker(vocabulary: Vocabulary): Checker {
  const validators = new Map<string, Validator>()
  const unions = new Map<string, ReadonlyMap<string, string>>()
  return {
    vocabulary,
    methods(union) {
      const known = unions.get(union) ?? methodsOf(union, vocabulary)
      unions.set(union, known)
      return known
    },
    check(value, key, shape = { kind: 'name', name: key }) {
      let validator = validators.get(key)
      if (validator === undefined) {
        validator = compiler.compile(toJsonSchema(shape, vocabulary))
        validators.set(key, validator)
      }
      const verdict = validator.validate(value)
      return verdict.ok ? [] : withoutRepeats(verdict.issues)
    },
  }
}

function methodsOf(union: string, vocabulary: Vocabulary): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const shape = vocabulary.types.get(union)
  for (const one of shape === undefined ? [] : alternativesOf(shape)) {
    const method = constantOf(one, 'method', vocabulary)
    if (one.kind === 'name' && method !== undefined) found.set(method, one.name)
  }
  return found
}

/** A message is judged as JSON-RPC and as what it is: both may say the same. */
function withoutRepeats(issues: readonly Issue[]): readonly Issue[] {
  const said = new Map(issues.map((issue) => [`${issue.path} ${issue.message}`, issue]))
  return [...said.values()]
}

/**
 * What is wrong with `value` as a `typeName` of `version`, by the name that the official schema gives to the type;
 * empty when nothing is.
 * @throws TypeError when the version, an extension or the type is not known.
 */
export function validateType(
  version: string,
  typeName: string,
  value: unknown,
  options: ShapeOptions = {},
): readonly Issue[] {
  const checker = checkerOf(version, options)
  requireType(checker, version, typeName)
  return checker.check(value, typeName)
}

/**
 * A type of `version` as JSON Schema 2020-12, with all that it refers to under `$defs`.
 * @throws TypeError when the version, an extension or the type is not known.
 */
export function typeSchema(
  version: string,
  typeName: string,
  options: ShapeOptions = {},
): JsonSchema {
  const checker = checkerOf(version, options)
  requireType(checker, version, typeName)
  return toJsonSchema({ kind: 'name', name: typeName }, checker.vocabulary)
}

/**
 * The names of all types of `version`, in the order of their definition.
 * @throws TypeError when the version or an extension is not known.
 */
export function typeNames(version: string, options: ShapeOptions = {}): readonly string[] {
  const { vocabulary } = checkerOf(version, options)
  return [...vocabulary.types.keys()].filter(isPublic)
}

/** A name in lower case is a piece that the tables are made of. */
function isPublic(name: string): boolean {
  return /^[A-Z]/.test(name)
}

function requireType({ vocabulary }: Checker, version: string, typeName: string): void {
  if (!isPublic(typeName) || !vocabulary.types.has(typeName)) {
    throw new TypeError(`version ${version} has no type called ${typeName}`)
  }
}
