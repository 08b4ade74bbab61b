// What a run of the suite comes to. The suite itself lets a scenario pass that checked nothing, or whose fixture never ran;
// these rules do not. Pure functions: judge.test.mjs holds them.

/** Scenarios that the suite itself skips whatever is before it: should it begin to judge one, it is judged here too. */
const skippedBySuite = /^tasks-status-notifications$/

/**
 * Where a client has to refuse: the beginning of what ends it, its code and, where that has several causes, what it says. That
 * nothing worse came after is for the suite to see.
 */
export const refusals = {
  'auth/scope-retry-limit': /^ERR_AUTH_SCOPE: .*, and does not get them: it was granted \d times/,
  'auth/resource-mismatch':
    /^ERR_AUTH_DISCOVERY: the metadata is about https:\/\/evil\.example\.com/,
  'auth/metadata-issuer-mismatch':
    /^ERR_AUTH_DISCOVERY: .* is of the issuer https:\/\/attacker\.example\.com/,
  'auth/iss-supported-missing': /^ERR_AUTH_MIX_UP: /,
  'auth/iss-wrong-issuer': /^ERR_AUTH_MIX_UP: /,
  'auth/iss-unexpected': /^ERR_AUTH_MIX_UP: /,
  'auth/iss-normalized': /^ERR_AUTH_MIX_UP: /,
}

/** Handlers of the server that a leg has no use for, and those that are meant to end otherwise than by returning. */
/** What the suite makes come and go, and does not call. */
const dynamic = /^test_dynamic_/
const withoutSession =
  /^test_(?:trigger_\w+_change|input_required_result_.*|logging_tool|missing_capability|streaming_elicitation)$/
/** What only the scenarios of extensions call. */
const ofTasks =
  /^(?:greet|slow_compute|failing_job|protocol_error_job|confirm_delete|multi_input|test_tool_with_task)$/
const withSession = /^test_(?:tool_with_logging|sampling|elicitation.*|reconnection)$/
export const unusedHandlers = {
  '2025-11-25': [
    dynamic,
    /^json_schema_2020_12_tool$/,
    /^test:\/\/(?:watched|example)-/,
    /^test_x_mcp_/,
    withoutSession,
    ofTasks,
  ],
  '2026-07-28': [
    dynamic,
    /^json_schema_2020_12_tool$/,
    /^test:\/\/(?:watched|example)-/,
    withSession,
  ],
}
export const unfinishedHandlers = [
  /^(?:failing_job|protocol_error_job)$/,
  /^test_(?:error_handling|missing_capability|streaming_elicitation)$/,
  /^test_input_required_result_(?:tampered_state|multiple_inputs|capabilities)$/,
]

/** Reads a frozen set: the scenarios that each side must pass, and those that run beside them with the reason. */
export function readRequirements(text) {
  const required = { server: [], client: [] }
  const beside = []
  let section
  for (const line of text.split('\n')) {
    const head = /^(\w+):\s*$/.exec(line)
    if (head !== null) section = head[1]
    const name = /^ {2}- ([\w/-]+)\s*$/.exec(line)
    if (name !== null) required[section].push(name[1])
    const scenario = /^ {2}- scenario: ([\w/-]+)\s*$/.exec(line)
    if (scenario !== null) beside.push({ scenario: scenario[1] })
    const fact = /^ {4}(leg|reason): ([\w-]+)\s*$/.exec(line)
    if (fact !== null) beside.at(-1)[fact[1]] = fact[2]
  }
  return { required, beside }
}

/**
 * What one scenario came to: `passed`, `skipped` (by the suite itself) or `failed`, with why. A warning is a failure, and so is
 * a scenario in which nothing of its own succeeded: the schema check of its traffic does not count.
 */
export function judgeScenario(scenario, checks) {
  if (checks === undefined) return failed(['it came to no checks'])
  const broken = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
  if (broken.length > 0) {
    return failed(
      broken.map(({ id, status, errorMessage, description }) =>
        `${status} ${id} ${errorMessage ?? description ?? ''}`.trimEnd(),
      ),
    )
  }
  if (checks.some(({ status, id }) => status === 'SUCCESS' && id !== 'wire-schema-valid')) {
    return { verdict: 'passed', why: [] }
  }
  const skipped = checks.length > 0 && checks.every(({ status }) => status === 'SKIPPED')
  return skipped && skippedBySuite.test(scenario)
    ? { verdict: 'skipped', why: [] }
    : failed(['nothing of it succeeded'])
}

function failed(why) {
  return { verdict: 'failed', why }
}

/** Which handlers of the server fixture did not run in a leg although they are there for it; `log` is what it said. */
export function idleHandlers(log, revision) {
  const said = (word) =>
    new Set(
      log
        .split('\n')
        .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : [])),
    )
  const matches = (name, patterns) => patterns.some((pattern) => pattern.test(name))
  const [added, began, ended] = [said('added'), said('began'), said('ended')]
  if (added.size === 0) return ['the server fixture added no handlers']
  return [...added].flatMap((name) => {
    if (matches(name, unusedHandlers[revision])) return []
    if (!began.has(name)) return [`${name} was never called`]
    return ended.has(name) || matches(name, unfinishedHandlers)
      ? []
      : [`${name} never came to its end`]
  })
}

/**
 * What a client fixture must have said by its end: that it took all steps of the scenario, in the right revision, or which error
 * stopped it where one has to.
 */
export function clientFault(scenario, said, revision) {
  const lines = said.split('\n')
  const refusal = refusals[scenario]
  if (refusal === undefined) {
    const wanted = `done ${scenario} in ${revision}`
    return lines.includes(wanted) ? undefined : `its client did not say "${wanted}"`
  }
  const told = `refused ${scenario}: `
  const found = lines.find((line) => line.startsWith(told))?.slice(told.length)
  if (found !== undefined && refusal.test(found)) return undefined
  return `its client was not stopped by ${refusal.source}, but by ${found ?? 'nothing'}`
}
