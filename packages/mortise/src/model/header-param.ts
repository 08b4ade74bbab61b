/** One argument of a tool that a header mirrors. */
export interface HeaderParam {
  /** The header's name as annotated, e.g. `Mcp-Param-Region`. */
  readonly header: string
  /** Property names from the root of the arguments, e.g. `['opts', 'dry']`. */
  readonly path: readonly string[]
  readonly type: 'string' | 'integer' | 'boolean'
}
