/**
 * What a server tells the compiler about itself, for `connect<typeof server>()`. The member is never there at run time; its
 * only use is to carry types.
 */
export interface Typed<T> {
  readonly '~types'?: T
}

/** Types of one tool: its name, what its arguments are for the caller, and what a call gives. */
export interface ToolTypes<N extends string = string, I = unknown, O = unknown> {
  readonly tool: N
  readonly input: I
  readonly output: O
}

/** Types of one prompt: its name, and the values of its arguments. */
export interface PromptTypes<N extends string = string, A = unknown> {
  readonly prompt: N
  readonly arguments: A
}

/**
 * Types of what a server offers by name, as `Server` has them: the union of all. A union stays flat however many there are; a
 * type that holds the one before it is too deep for the compiler at fifty.
 */
export type ServerTypes = ToolTypes | PromptTypes

/** Types of what a server offers by name, as `Client` has them: to be looked up. */
export interface ClientTypes {
  readonly tools: { readonly [name: string]: ToolTypes }
  readonly prompts: { readonly [name: string]: PromptTypes }
}

/** The types of a server, for its clients. Of two under one name either may be meant. */
export interface ByName<T extends ServerTypes> {
  readonly tools: Listed<{ readonly [E in Extract<T, ToolTypes> as E['tool']]: E }>
  readonly prompts: Listed<{ readonly [E in Extract<T, PromptTypes> as E['prompt']]: E }>
}

// The names of a mapped type with `as` are made anew wherever they are asked for; those of this one are kept.
type Listed<M> = { readonly [K in keyof M]: M[K] }
