import { McpError } from '../std/error.ts'
import type { CallToolResult } from '../model/types.ts'

/** A tool said that it failed; the message is what it said, `result` all of it. */
export class ToolCallError extends McpError {
  readonly result: CallToolResult

  constructor(name: string, result: CallToolResult) {
    super('ERR_TOOL_CALL', textOf(result) ?? `${name} failed without saying why`)
    this.result = result
  }
}

/** The text of a result whose blocks are all text; undefined when it has another block, or none. */
export function textOf({ content }: CallToolResult): string | undefined {
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return texts.length === 0 || texts.length < content.length ? undefined : texts.join('\n')
}
