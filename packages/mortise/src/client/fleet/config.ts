/** The servers of one configuration, in its order, in one form whichever host it was written for. */
export interface FleetConfig {
  readonly servers: readonly ServerEntry[]
  /** What of the configuration is left out, and where: something that its host does and a fleet does not. */
  readonly warnings: readonly string[]
}

/** One server of a configuration. */
export type ServerEntry = UsableEntry | FaultyEntry

/** An entry that can be connected to. It holds secrets in the clear: never log it. */
export interface UsableEntry {
  readonly name: string
  readonly enabled: boolean
  readonly target: EntryTarget
  /** Which of its tools are offered. */
  readonly tools: ToolFilter
  /** Milliseconds to start and to be met. Default: what `connect` takes. */
  readonly startTimeoutMs: number | undefined
  /** Milliseconds for a request without an answer or progress. Default: the limit `requestTimeoutMs`. */
  readonly requestTimeoutMs: number | undefined
}

/** An entry that cannot be used; the others can. */
export interface FaultyEntry {
  readonly name: string
  readonly enabled: boolean
  /** What is wrong, with the place in the configuration, and without values, which may be secrets. */
  readonly fault: string
}

/** Where an entry leads. */
export type EntryTarget =
  | {
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly cwd: string | undefined
      /** A file of further variables; those of `env` count more. */
      readonly envFile: string | undefined
    }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }

/** The tools that a configuration lets through, by the server's own names. */
export interface ToolFilter {
  /** Only these; undefined for all. */
  readonly allow: readonly string[] | undefined
  /** Never these. */
  readonly deny: readonly string[]
}

/** Whether a filter lets a tool through. `*` stands for all. */
export function lets({ allow, deny }: ToolFilter, name: string): boolean {
  const isIn = (list: readonly string[]): boolean => list.includes(name) || list.includes('*')
  return (allow === undefined || isIn(allow)) && !isIn(deny)
}
