import { formatIssues } from '../jsonschema/validator.ts'
import type { JsonSchema, SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import type { CallToolResult, Tool } from '../model/types.ts'
import { McpError } from '../std/error.ts'
import type { LateCompiler } from './late-compiler.ts'

/** Holds results of tools against what the tools say of them (server/tools, "Output Schema"). */
export interface OutputChecks {
  /** Remembers what a tool that was listed says; in the place of what it said before. */
  learn(tool: Tool): void
  /** Is told that a tool is being called, so that what checks its result is there when the result is. */
  expect(name: string): void
  /**
   * Why a result is not what its tool says; undefined where it is, or where nothing is known of the tool. A promise with the
   * first result that takes a compiler: it rejects with an McpError `ERR_NOT_LOADED` when there is none to be had.
   */
  fault(name: string, result: CallToolResult): Fault | Promise<Fault>
}

type Fault = McpError | undefined

interface Known {
  readonly schema: JsonSchema
  /** Made with the first result; undefined when it cannot be made. */
  validator?: Validator | undefined
}

/** Nothing is known yet. `warn` hears of a schema that cannot be used: its results are not checked. */
export function createOutputChecks(
  late: LateCompiler,
  warn: (warning: string) => void,
): OutputChecks {
  const known = new Map<string, Known>()

  function validatorOf(name: string, one: Known, compiler: SchemaCompiler): Validator | undefined {
    if ('validator' in one) return one.validator
    try {
      one.validator = compiler.compile(one.schema)
    } catch (error) {
      one.validator = undefined
      warn(`results of ${name.slice(0, 128)} are not checked: ${String(error)}`)
    }
    return one.validator
  }

  function judge(name: string, one: Known, value: unknown, compiler: SchemaCompiler): Fault {
    const verdict = validatorOf(name, one, compiler)?.validate(value)
    if (verdict === undefined || verdict.ok) return undefined
    return invalid(`${name} gave what its output schema refuses\n${formatIssues(verdict.issues)}`)
  }

  return {
    learn({ name, outputSchema }) {
      if (typeof outputSchema !== 'object' || outputSchema === null) known.delete(name)
      else known.set(name, { schema: outputSchema })
    },
    expect(name) {
      if (known.has(name)) late.prepare()
    },
    fault(name, { isError, structuredContent }) {
      const one = known.get(name)
      if (one === undefined || isError === true) return undefined
      if (structuredContent === undefined) {
        return invalid(`${name} gave no structured content, which its output schema promises`)
      }
      const { loaded } = late
      if (loaded !== undefined) return judge(name, one, structuredContent, loaded)
      return late
        .load(`what ${name.slice(0, 128)} has answered`)
        .then((compiler) => judge(name, one, structuredContent, compiler))
    },
  }
}

function invalid(text: string): McpError {
  return new McpError('ERR_INVALID_RESULT', text)
}
