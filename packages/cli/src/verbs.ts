import type { Verb } from './verb.ts'

// In the order of the help. Each is loaded when it is wanted, with the part of the library that it needs: a host that starts
// `mortise serve` does not wait for a client.
const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  serve: async () => (await import('./verbs/serve.ts')).serve,
  list: async () => (await import('./verbs/list.ts')).list,
  call: async () => (await import('./verbs/call.ts')).call,
  read: async () => (await import('./verbs/read.ts')).read,
  prompt: async () => (await import('./verbs/prompt.ts')).prompt,
  'sign-in': async () => (await import('./verbs/sign-in.ts')).signIn,
  'sign-out': async () => (await import('./verbs/sign-out.ts')).signOut,
}

/** The names of all verbs, in the order of the help. */
export const verbNames: readonly string[] = Object.keys(loaders)

/** The verb of a name; undefined when there is none. */
export async function loadVerb(name: string): Promise<Verb | undefined> {
  return Object.hasOwn(loaders, name) ? await loaders[name]?.() : undefined
}

/** Every verb, in the order of the help. */
export async function loadVerbs(): Promise<readonly Verb[]> {
  return await Promise.all(Object.values(loaders).map((load) => load()))
}
