/**
 * What a server tells the compiler about itself, for `connect<typeof server>()`. The member is never there at run time; its
 * only use is to carry types.
 */
export interface Typed<T> {
  readonly '~types'?: T
}

/** Types of one tool: what its arguments are for the caller, and what a call gives. */
export interface ToolTypes {
  readonly input: unknown
  readonly output: unknown
}

/** Types of everything that a server offers by name. */
export interface ServerTypes {
  readonly tools: { readonly [name: string]: ToolTypes }
  readonly prompts: { readonly [name: string]: unknown }
}
