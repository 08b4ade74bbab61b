// `npm run conformance`: the official suite against the library, both frozen sets, servers and clients. Installs what it
// needs, makes the fixtures, and judges what the suite wrote by judge.mjs; the last line counts scenarios, and as skipped
// those that are expected to fail.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installDependencies, requireNode } from '../../../../scripts/set-up/install.mjs'
import { capture } from '../../../../scripts/set-up/processes.mjs'
import { none, summary } from '../../../../scripts/set-up/totals.mjs'
import {
  clientFault,
  faultsOf,
  idleHandlers,
  judgeScenario,
  readExpectations,
  readRequirements,
} from './judge.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const suite = join(here, 'node_modules', '@modelcontextprotocol', 'conformance')
const expectationsFile = join(here, 'expected-failures.yaml')
const revisions = ['2025-11-25', '2026-07-28']
/** Authorization is not built yet, and the suite skips what it says of notices of tasks by itself. */
const unjudged = /^auth\/|^tasks-status-notifications$/
/** Scenarios of extensions that are in no frozen set: run one by one, in the newest revision. */
const beyond = {
  server: ['directory', 'enumeration', 'manifest'].map((name) => `sep-2640-skills-${name}`),
  client: ['no-prefetch', 'verify-digest', 'verify-size', 'verify-frontmatter'].map(
    (name) => `sep-2640-client-${name}`,
  ),
}
// A busy machine takes long to start forty clients at once.
const clientTimeoutMs = 120_000

let total = none
let faults = 0
process.on('exit', (code) => {
  // The last line is a total also when the suite could not be run.
  const unexplained = code !== 0 && total.failed === 0 ? 1 : 0
  console.log(summary({ ...total, failed: total.failed + unexplained }))
})

requireNode()
installDependencies()
installDependencies(here)
const { bundleFixtures } = await import('./fixtures.mjs')
const bundles = await bundleFixtures()
const node = suiteNode()
const expectations = readExpectations(readFileSync(expectationsFile, 'utf8'))
for (const fault of faultsOf(expectations)) complain(`expected-failures.yaml: ${fault}`)

const scratch = mkdtempSync(join(tmpdir(), 'mortise-conformance-'))
const table = []
try {
  for (const revision of revisions) {
    table.push(await serverLeg(revision))
    table.push(await clientLeg(revision))
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
show(table)
process.exitCode = total.failed === 0 && faults === 0 && total.passed > 0 ? 0 : 1

async function serverLeg(revision) {
  const server = await startServer()
  try {
    const results = await runSuite('server', revision, ['--url', server.url])
    const idle = idleHandlers(server.log(), revision)
    for (const fault of idle) complain(`server ${revision}: ${fault}`)
    return judge('server', revision, results)
  } finally {
    await server.stop()
  }
}

async function clientLeg(revision) {
  const command = `${process.execPath} ${bundles.client}`
  const results = await runSuite('client', revision, [
    '--command',
    command,
    '--timeout',
    String(clientTimeoutMs),
  ])
  return judge('client', revision, results, ({ scenario, said }) =>
    scenario.startsWith('auth/') ? undefined : clientFault(scenario, said, revision),
  )
}

/** Runs one leg of the suite; answers what it wrote of each scenario. */
async function runSuite(leg, revision, target) {
  const output = join(scratch, `${leg}-${revision}`)
  const began = performance.now()
  const run = async (...chosen) => {
    const cli = join(suite, 'dist', 'index.js')
    return await capture(node, [cli, leg, ...target, ...chosen, '--output-dir', output])
  }
  const judged = ['--requirements', revision, '--expected-failures', expectationsFile]
  const { code, output: said } = await run(...judged)
  for (const scenario of beyondOf(leg, revision)) {
    // The suite leaves out what is on no timeline, unless it is told not to. What it wrote is judged, not how it ended.
    await run('--scenario', scenario, '--spec-version', revision, '--force')
  }
  const seconds = (performance.now() - began) / 1000
  if (code !== 0) {
    console.log(said.split('\n').slice(-40).join('\n'))
    complain(`the suite ended with ${code} (${leg}, ${revision})`)
  }
  return { scenarios: readOutput(output, leg), seconds }
}

function beyondOf(leg, revision) {
  return revision === revisions.at(-1) ? beyond[leg] : []
}

// A folder for each scenario: [server-]<scenario>-<time>.
function readOutput(output, leg) {
  const found = new Map()
  if (!existsSync(output)) return found
  for (const file of readdirSync(output, { recursive: true })) {
    if (basename(file) !== 'checks.json') continue
    const folder = dirname(file).replaceAll('\\', '/')
    const scenario = folder
      .replace(leg === 'server' ? /^server-/ : '', '')
      .replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '')
    const stdout = join(output, folder, 'stdout.txt')
    found.set(scenario, {
      scenario,
      checks: JSON.parse(readFileSync(join(output, file), 'utf8')),
      said: existsSync(stdout) ? readFileSync(stdout, 'utf8') : '',
    })
  }
  return found
}

function judge(leg, revision, { scenarios, seconds }, ownFault = () => undefined) {
  const set = readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8')
  const { required, beside } = readRequirements(set)
  // What was added to the suite later, is pending there or belongs to an extension is required here all the same.
  const own = beside.filter((entry) => entry.leg === leg)
  const extra = own.filter(
    ({ reason, scenario }) => reason !== 'extension' || !unjudged.test(scenario),
  )
  const row = {
    leg,
    revision,
    passed: 0,
    expected: 0,
    failed: 0,
    checks: 0,
    extensions: 0,
    seconds,
  }
  row.extensions = own.length - extra.length
  const expected = expectations.filter((entry) => entry.leg === leg)
  const more = [...extra.map((entry) => entry.scenario), ...beyondOf(leg, revision)]
  for (const scenario of [...required[leg], ...more]) {
    const result = scenarios.get(scenario)
    let { verdict, why } = judgeScenario(scenario, result?.checks, expected)
    const fault = result && ownFault(result)
    if (fault !== undefined) [verdict, why] = ['failed', [...why, fault]]
    row[verdict] += 1
    row.checks += (result?.checks ?? []).filter(({ status }) => status === 'SUCCESS').length
    for (const reason of why) console.log(`✗ ${leg} ${revision} ${scenario}: ${reason}`)
  }
  const { passed, failed, expected: skipped } = row
  total = {
    passed: total.passed + passed,
    failed: total.failed + failed,
    skipped: total.skipped + skipped,
  }
  return row
}

function show(rows) {
  console.log('\nleg     revision    passed  expected to fail  failed  checks passed  time')
  for (const { leg, revision, passed, expected, failed, checks, seconds } of rows) {
    const cells = [
      [leg, 8],
      [revision, 12],
      [passed, 8],
      [expected, 18],
      [failed, 8],
      [checks, 15],
    ]
    const line = cells.map(([cell, width]) => String(cell).padEnd(width)).join('')
    console.log(`${line}${seconds.toFixed(1)} s`)
  }
  const extensions = rows.reduce((sum, row) => sum + row.extensions, 0)
  console.log(`Not judged: ${extensions} scenarios of extensions\n`)
}

function complain(fault) {
  faults += 1
  console.log(`✗ ${fault}`)
}

async function startServer() {
  const child = spawn(process.execPath, [bundles.server, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let log = ''
  const ended = new Promise((resolve) => child.once('close', resolve))
  const url = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server fixture ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      log += `${line}\n`
      if (line.startsWith('listening ')) resolve(line.slice('listening '.length))
    })
  })
  return {
    // The suite wants the name, to try others against it.
    url: url.replace('127.0.0.1', 'localhost'),
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** A Node that the suite starts on: 22 or newer. */
function suiteNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  const bundled = join(here, 'node_modules', 'node22', 'bin', 'node')
  if (existsSync(bundled)) return bundled
  console.error(
    `The conformance suite needs Node 22 or newer; this is Node ${process.versions.node}.`,
  )
  process.exit(1)
}
