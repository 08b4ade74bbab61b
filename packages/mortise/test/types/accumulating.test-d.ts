// Compiled, never run: what a server that is made in parts tells its clients.
import { expectTypeOf } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Client, ClientTypes, TypesOf } from '../../src/client/index.ts'
import { createServer, prefix } from '../../src/server/index.ts'
import type { PromptTypes, Server, ServerTypes, ToolTypes } from '../../src/server/index.ts'

const number = {
  type: 'object',
  properties: { a: { type: 'number' } },
  required: ['a'],
} as const

const create = (): Server<never> => createServer({ name: 'parts', version: '1.0.0' })

// A part's type can be written, or left to the compiler.
const addWritten = <T extends ServerTypes>(
  server: Server<T>,
): Server<
  T | ToolTypes<'negate', { a: number }, number> | PromptTypes<'tell', { readonly of: string }>
> =>
  server
    .tool('negate', { input: number }, ({ a }) => -a)
    .prompt('tell', { arguments: { of: { required: true } } }, ({ of }) => of)
const addInferred = <T extends ServerTypes>(server: Server<T>) =>
  server.tool('half', { input: number }, ({ a }) => a / 2)
const mountTwice = <T extends ServerTypes, S extends ServerTypes>(
  server: Server<T>,
  inner: Server<S>,
) => server.mount(inner, prefix('in')).mount(inner)

const parts = addInferred(addWritten(create()))
const whole = mountTwice(
  create().tool('half', {}, () => 'first'),
  parts,
)

export async function known(): Promise<void> {
  const client = await connect<typeof whole>('https://example.com/mcp')
  expectTypeOf(await client.call('negate', { a: 1 })).toEqualTypeOf<number>()
  expectTypeOf(await client.call('in_half', { a: 1 })).toEqualTypeOf<number>()
  // What was there before keeps its name.
  expectTypeOf(await client.call('half')).toEqualTypeOf<string>()
  await client.getPrompt('in_tell', { of: 'it' })
  // @ts-expect-error -- a prompt is no tool
  await client.call('tell', { of: 'it' })
  // @ts-expect-error -- the argument is required
  await client.getPrompt('tell', {})
}

// Of two tools under one name either may be meant.
const twice = create()
  .tool('same', { input: number }, ({ a }) => a)
  .tool('same', { input: { type: 'object', properties: { b: { type: 'string' } } } }, () => 'b')

export async function either(): Promise<void> {
  const client = await connect<typeof twice>('https://example.com/mcp')
  expectTypeOf(await client.call('same', { a: 1 })).toEqualTypeOf<number | string>()
  await client.call('same', { b: 'b' })
  // @ts-expect-error -- neither takes that
  await client.call('same', { b: 1 })
}

// A server in which nothing is offers nothing; one of which nothing is known may offer anything.
export async function bounds(): Promise<void> {
  const empty = await connect<Server<never>>('https://example.com/mcp')
  // @ts-expect-error -- there is no tool
  await empty.call('any')
  let grown: Server = create()
  for (const name of ['a', 'b']) grown = grown.tool(name, {}, () => name)
  const mounted = create()
    .tool('own', {}, () => 1)
    .mount(grown, prefix('far'))
  const client = await connect<typeof mounted>('https://example.com/mcp')
  expectTypeOf(await client.call('own')).toEqualTypeOf<number>()
  expectTypeOf(await client.call('far_any', { x: 1 })).toEqualTypeOf<unknown>()
  // @ts-expect-error -- what is mounted has its prefix
  await client.call('any')
}

// Methods of a client know its types also without it.
export async function taken(client: Client<TypesOf<typeof parts>>): Promise<void> {
  const { call, getPrompt } = client
  expectTypeOf(await call('half', { a: 1 })).toEqualTypeOf<number>()
  await getPrompt('tell', { of: 'it' })
  // @ts-expect-error -- there is no such tool
  await call('third', { a: 1 })
  const part: Pick<typeof client, 'call'> = { call }
  expectTypeOf(await part.call('half', { a: 1 })).toEqualTypeOf<number>()
  // @ts-expect-error -- a is a number
  await part.call('half', { a: 'one' })
  expectTypeOf(await outputOf(client, 'half')).toEqualTypeOf<number>()
}

declare function outputOf<T extends ClientTypes, N extends keyof T['tools']>(
  client: Client<T>,
  name: N,
): Promise<T['tools'][N]['output']>

// A server with more may stand for one with less, and any for one of which nothing is known.
declare function serve(server: Server): void
declare function serveParts(server: typeof parts): void
serve(whole)
serveParts(parts.tool('more', {}, () => 'more'))
// @ts-expect-error -- the tools are missing
serveParts(create())
