import type { Progress } from '../../src/model/types.ts'
import { RpcError } from '../../src/jsonrpc/error.ts'
import { McpError } from '../../src/std/error.ts'
import type { Tool } from './talker.ts'

/** One call: what the model says of it beside what becomes of it. */
export interface Expected {
  readonly token: string
  readonly tool: Tool
  readonly count: number
  /** Whose call it is. */
  readonly peer: number
  readonly controller: AbortController
  /** What it may have come to by the next silence. */
  readonly allowed: Set<string>
  /** It has come to one of them by the next silence: at once, or when the client reads. */
  must: 'now' | 'when read' | undefined
  /** Its connection broke: what it comes to, and whether, is known to the network alone. */
  shaken: boolean
  readonly progress: Progress[]
  /** When the client was last shown that the server works on it; milliseconds. */
  heardAt: number
  /** What it came to. */
  outcome: string | undefined
}

/** What a call comes to that ends as its tool has it. */
export function okOf({ tool, token, count }: Pick<Expected, 'tool' | 'token' | 'count'>): string {
  if (tool === 'fails') return `ERR_TOOL_CALL ${token}`
  if (tool === 'breaks') return 'ERR_TOOL_CALL breaks failed: internal error'
  if (tool !== 'asks') return `ok ${JSON.stringify({ token })}`
  return `ok ${JSON.stringify({ token, said: declines(count) ? 'decline' : `said ${token}` })}`
}

/** Whether the user declines at once. */
export function declines(count: number): boolean {
  return count % 3 === 1
}

/** Whether the user thinks about it first. */
export function thinks(count: number): boolean {
  return count % 3 === 2
}

/** An outcome as text: what the caller got, or what was thrown. */
export async function outcomeOf(call: Promise<unknown>, gone: Error): Promise<string> {
  try {
    const value = await call
    // Where a revision has no structured content, the same stands in the text.
    return `ok ${typeof value === 'string' ? value : JSON.stringify(value)}`
  } catch (error) {
    if (error === gone) return 'gone'
    if (error instanceof RpcError) return `ERR_RPC ${error.rpcCode}`
    if (!(error instanceof McpError)) return String(error)
    // Ids of masked errors are of chance.
    const said = error.message.replace(/ \(id [0-9a-f]{8}\)$/, '')
    return error.code === 'ERR_TOOL_CALL' ? `${error.code} ${said}` : error.code
  }
}

/** It comes to `outcome`, whatever else was possible before the next silence. */
export function ends(call: Expected, outcome: string, must: 'now' | 'when read'): void {
  call.allowed.add(outcome)
  if (must === 'now') call.must = must
  else if (!call.shaken) call.must ??= must
}

/** It may come to one of `outcomes`, now or later or not at all. */
export function shakes(call: Expected, ...outcomes: readonly string[]): void {
  for (const outcome of outcomes) call.allowed.add(outcome)
  call.must = undefined
  call.shaken = true
}

/** What is wrong with a call in a silence. */
export function faultOf(call: Expected, { paused }: { paused: boolean }): string | undefined {
  const { token, tool, outcome, allowed, must } = call
  const name = `${tool} ${token}`
  const list = [...allowed].join(', ') || 'nothing yet'
  if (outcome !== undefined) {
    return allowed.has(outcome) ? undefined : `${name} came to ${outcome}, allowed: ${list}`
  }
  if (must === 'now' || (must === 'when read' && !paused)) return `${name} hangs, allowed: ${list}`
  return undefined
}
