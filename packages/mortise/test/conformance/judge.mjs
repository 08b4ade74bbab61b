// What a run of the suite comes to. The suite itself lets a scenario pass that checked nothing, or whose fixture never ran;
// these rules do not. Pure functions: judge.test.mjs holds them.

/**
 * Why a check may fail: what its scenario or id must look like, and how many entries there may be at most. Lower `most`
 * with every entry that goes; raise it never.
 */
export const reasons = {
  authorization: { entry: /^auth\//, most: 25 },
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

/** Reads expected-failures.yaml with the reason that the comment above each group gives. */
export function readExpectations(text) {
  const entries = []
  let leg
  let reason
  for (const line of text.split('\n')) {
    const head = /^(server|client):\s*$/.exec(line)
    if (head !== null) [leg, reason] = [head[1], undefined]
    const group = /^ {2}# ([\w-]+): \S/.exec(line)
    if (group !== null) reason = group[1]
    const entry = /^ {2}- ([^\s:]+)(?::(\S+))?\s*$/.exec(line)
    if (entry !== null) entries.push({ leg, reason, scenario: entry[1], check: entry[2] })
  }
  return entries
}

/** What is wrong with the expectations themselves: a reason that is none, or more entries than there were. */
export function faultsOf(expectations, known = reasons) {
  const counts = new Map()
  const faults = []
  for (const { scenario, check, reason } of expectations) {
    const name = check === undefined ? scenario : `${scenario}:${check}`
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    if (known[reason] === undefined) faults.push(`${name} is expected to fail for no known reason`)
    else if (!known[reason].entry.test(name))
      faults.push(`${name} has nothing to do with ${reason}`)
  }
  for (const [reason, { most }] of Object.entries(known)) {
    const count = counts.get(reason) ?? 0
    if (count > most)
      faults.push(`${count} failures are expected for ${reason}, at most ${most} may be`)
    if (count < most)
      faults.push(`${count} failures are expected for ${reason}: lower \`most\` to that`)
  }
  return faults
}

/**
 * What one scenario came to: `passed`, `expected` (it fails where it was expected to, and only there) or `failed`, with why.
 * A warning is a failure, and so is a scenario in which nothing of its own succeeded: the schema check of its traffic
 * does not count.
 */
export function judgeScenario(scenario, checks, expectations) {
  const own = expectations.filter((entry) => entry.scenario === scenario)
  const isExpected = ({ id }) => own.some(({ check }) => check === undefined || check === id)
  if (checks === undefined) {
    const whole = own.some(({ check }) => check === undefined)
    return whole ? { verdict: 'expected', why: [] } : failed(['it came to no checks'])
  }
  const broken = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
  const surprises = broken.filter((check) => !isExpected(check))
  if (surprises.length > 0) {
    return failed(
      surprises.map(({ id, status, errorMessage = '' }) => `${status} ${id} ${errorMessage}`),
    )
  }
  const stale = own.filter(
    ({ check }) => !broken.some(({ id }) => check === undefined || check === id),
  )
  if (stale.length > 0)
    return failed(stale.map(({ check = scenario }) => `${check} was expected to fail`))
  if (own.length > 0) return { verdict: 'expected', why: [] }
  const proved = checks.some(({ id, status }) => status === 'SUCCESS' && id !== 'wire-schema-valid')
  return proved ? { verdict: 'passed', why: [] } : failed(['nothing of it succeeded'])
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

/** What a client fixture must have said by its end: that it took all steps of the scenario, in the right revision. */
export function clientFault(scenario, said, revision) {
  const wanted = `done ${scenario} in ${revision}`
  return said.split('\n').includes(wanted) ? undefined : `its client did not say "${wanted}"`
}
