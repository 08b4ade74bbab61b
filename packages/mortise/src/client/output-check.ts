import { createInterpreter } from '../jsonschema/interpreter.ts'
import { formatIssues } from '../jsonschema/validator.ts'
import type { JsonSchema, Validator } from '../jsonschema/validator.ts'
import type { CallToolResult, Tool } from '../model/types.ts'
import { McpError } from '../std/error.ts'

/** Holds results of tools against what the tools say of them (server/tools, "Output Schema"). */
export interface OutputChecks {
  /** Remembers what a tool that was listed says; in the place of what it said before. */
  learn(tool: Tool): void
  /** Why a result is not what its tool says; undefined where it is, or where nothing is known of the tool. */
  fault(name: string, result: CallToolResult): McpError | undefined
}

interface Known {
  readonly schema: JsonSchema
  /** Made with the first result; undefined when it cannot be made. */
  validator?: Validator | undefined
}

/** Nothing is known yet. `warn` hears of a schema that cannot be used: its results are not checked. */
export function createOutputChecks(warn: (warning: string) => void): OutputChecks {
  const compiler = createInterpreter()
  const known = new Map<string, Known>()

  function validatorOf(name: string, one: Known): Validator | undefined {
    if ('validator' in one) return one.validator
    try {
      one.validator = compiler.compile(one.schema)
    } catch (error) {
      one.validator = undefined
      warn(`results of ${name.slice(0, 128)} are not checked: ${String(error)}`)
    }
    return one.validator
  }

  return {
    learn({ name, outputSchema }) {
      if (typeof outputSchema !== 'object' || outputSchema === null) known.delete(name)
      else known.set(name, { schema: outputSchema })
    },
    fault(name, { isError, structuredContent }) {
      const one = known.get(name)
      if (one === undefined || isError === true) return undefined
      if (structuredContent === undefined) {
        return invalid(`${name} gave no structured content, which its output schema promises`)
      }
      const verdict = validatorOf(name, one)?.validate(structuredContent)
      if (verdict === undefined || verdict.ok) return undefined
      return invalid(`${name} gave what its output schema refuses\n${formatIssues(verdict.issues)}`)
    },
  }
}

function invalid(text: string): McpError {
  return new McpError('ERR_INVALID_RESULT', text)
}
