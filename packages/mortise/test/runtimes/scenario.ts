/** What every runtime executes: it checks what it sees by itself, and what it gives must be the same everywhere. */
export interface Scenario {
  readonly name: string
  /** A JSON value that tells what happened. Rejects when that is wrong. */
  readonly run: () => Promise<unknown>
}

/** One line of output: what a scenario came to. */
export type Line =
  | { readonly name: string; readonly outcome: unknown }
  | { readonly name: string; readonly error: string }

// A scenario is a handful of calls; what takes longer hangs.
const scenarioTimeoutMs = 20_000

/** Runs scenarios one after the other and hands on what each came to. Never rejects. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  say: (line: Line) => void | Promise<void>,
): Promise<void> {
  for (const { name, run } of scenarios) {
    try {
      await say({ name, outcome: (await inTime(run())) ?? null })
    } catch (error) {
      await say({ name, error: describe(error) })
    }
  }
}

/** @throws Error when the two are not the same JSON. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [canonical(actual), canonical(expected)]
  if (got !== wanted) throw new Error(`${what}: ${got} instead of ${wanted}`)
}

/** What `attempt` is refused with, without words that may change: `{ code, rpcCode }`. @throws Error when it is not. */
export async function refusal(attempt: Promise<unknown>): Promise<unknown> {
  let result: unknown
  try {
    result = await attempt
  } catch (error) {
    const { code, rpcCode } = error as { readonly code?: unknown; readonly rpcCode?: unknown }
    return { code, rpcCode }
  }
  throw new Error(`not refused: ${canonical(result)}`)
}

function inTime(work: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`nothing after ${scenarioTimeoutMs} ms`)),
      scenarioTimeoutMs,
    )
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as { readonly code?: unknown }
  const cause = error.cause === undefined ? '' : ` (${describe(error.cause)})`
  return `${error.name} ${String(code)}: ${error.message}${cause}`
}

/** JSON with sorted members, so that the order in which they were set says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
