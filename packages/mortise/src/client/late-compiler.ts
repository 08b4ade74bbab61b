import type { SchemaCompiler } from '../jsonschema/validator.ts'
import { McpError } from '../std/error.ts'

/**
 * The compiler of one connection, which is loaded with the first schema that a value is held against: the interpreter is a
 * third of a client, and bundlers make a chunk of its own of it, so that a page loads without it.
 */
export interface LateCompiler {
  /** Undefined as long as it was not loaded. */
  readonly loaded: SchemaCompiler | undefined
  /** Begins to load it, so that it is there when it is needed. What goes wrong is told to whoever needs it. */
  prepare(): void
  /**
   * Loads it, now or once more where that failed before. `what` could not be checked without it, in words.
   * @throws McpError `ERR_NOT_LOADED` when it cannot be loaded.
   */
  load(what: string): Promise<SchemaCompiler>
}

/** The compiler that is `given`, or else the interpreter, once `load` has been asked for it. */
export function createLateCompiler(
  given?: SchemaCompiler,
  load: () => Promise<SchemaCompiler> = loadInterpreter,
): LateCompiler {
  let loaded = given
  let loading: Promise<SchemaCompiler> | undefined

  async function loadOnce(): Promise<SchemaCompiler> {
    try {
      return (loaded = await load())
    } finally {
      loading = undefined // one that failed may be loaded by the next who needs it
    }
  }

  const begin = (): Promise<SchemaCompiler> => (loading ??= loadOnce())

  return {
    get loaded() {
      return loaded
    },
    prepare() {
      if (loaded === undefined) begin().catch(() => {}) // `load` tells it
    },
    async load(what) {
      try {
        return loaded ?? (await begin())
      } catch (cause) {
        throw new McpError(
          'ERR_NOT_LOADED',
          `${what} cannot be checked, for the JSON Schema interpreter, a chunk of its own, was not loaded: ` +
            `serve every file of the bundle, or give connect a compiler (${String(cause)})`,
          { cause },
        )
      }
    },
  }
}

async function loadInterpreter(): Promise<SchemaCompiler> {
  const { createInterpreter } = await import('../jsonschema/interpreter.ts')
  return createInterpreter()
}
