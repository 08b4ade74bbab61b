// `npm run conformance`: the official suite against the library: both frozen sets, and all there is of the revisions before them,
// servers and clients. Installs what it needs, makes the fixtures, and judges what the suite wrote by judge.mjs; the last line
// counts scenarios, and as skipped those that the suite itself skips.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installDependencies, requireNode } from '../../../../scripts/set-up/install.mjs'
import { capture } from '../../../../scripts/set-up/processes.mjs'
import { add, none, summary } from '../../../../scripts/set-up/totals.mjs'
import { runAuthorizationServer } from './authorization-server.mjs'
import { clientFault, idleHandlers, judgeScenario, readRequirements } from './judge.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const suite = join(here, 'node_modules', '@modelcontextprotocol', 'conformance')
const cli = join(suite, 'dist', 'index.js')
/** Revisions with a frozen set. */
const frozen = ['2025-11-25', '2026-07-28']
/** Revisions without: all scenarios that the suite has for them, which it lists itself. */
const unfrozen = ['2025-03-26', '2025-06-18']
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
const bundles = await bundleFixtures(['server', 'client', 'front'])
const node = suiteNode()

const scratch = mkdtempSync(join(tmpdir(), 'mortise-conformance-'))
const table = []
try {
  for (const revision of [...unfrozen, ...frozen]) {
    table.push(await serverLeg(revision))
    table.push(await clientLeg(revision))
    table.push(await authorizationLeg(revision))
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
    if (frozen.includes(revision)) {
      const idle = idleHandlers(server.log(), revision)
      for (const fault of idle) complain(`server ${revision}: ${fault}`)
    }
    return await judge('server', revision, results)
  } finally {
    await server.stop()
  }
}

async function clientLeg(revision) {
  // In the revisions with a set the client finds out what the suite speaks. In the others the suite speaks whatever it is asked.
  const speak = frozen.includes(revision) ? '' : ` --speak=${revision}`
  const command = `${process.execPath} ${bundles.client}${speak}`
  const results = await runSuite('client', revision, [
    '--command',
    command,
    '--timeout',
    String(clientTimeoutMs),
  ])
  return judge('client', revision, results, ({ scenario, said }) =>
    clientFault(scenario, said, revision),
  )
}

async function authorizationLeg(revision) {
  const output = join(scratch, `authorization-${revision}`)
  const began = performance.now()
  const fixture = bundles.front
  const { checks, said } = await runAuthorizationServer({ node, cli, fixture, output, revision })
  const scenarios = new Map(
    [...checks].map(([scenario, found]) => [scenario, { scenario, checks: found, said }]),
  )
  return await judge('authorization', revision, {
    scenarios,
    seconds: (performance.now() - began) / 1000,
  })
}

/** Runs one leg of the suite; answers what it wrote of each scenario. */
async function runSuite(leg, revision, target) {
  const output = join(scratch, `${leg}-${revision}`)
  const began = performance.now()
  const run = async (...chosen) =>
    await capture(node, [cli, leg, ...target, ...chosen, '--output-dir', output])
  const all = frozen.includes(revision)
    ? ['--requirements', revision]
    : ['--suite', 'all', '--spec-version', revision]
  const { code, output: said } = await run(...all)
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
  return revision === frozen.at(-1) ? beyond[leg] : []
}

/** What a leg must come to: also what was added to the suite after a set was frozen, is pending in it or of an extension. */
async function requiredOf(leg, revision) {
  // No set has those for authorization servers.
  if (leg === 'authorization' || !frozen.includes(revision)) return await listed(leg, revision)
  const set = readFileSync(join(suite, 'requirements', `${revision}.yaml`), 'utf8')
  const { required, beside } = readRequirements(set)
  const more = beside.filter((entry) => entry.leg === leg).map(({ scenario }) => scenario)
  return [...required[leg], ...more, ...beyondOf(leg, revision)]
}

/** The scenarios that the suite has for a revision. */
async function listed(leg, revision) {
  const { output } = await capture(node, [cli, 'list', `--${leg}`, '--spec-version', revision])
  return [...output.matchAll(/^ {2}- ([\w/-]+) \[/gm)].map(([, scenario]) => scenario)
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

async function judge(leg, revision, { scenarios, seconds }, ownFault = () => undefined) {
  const row = { leg, revision, passed: 0, skipped: 0, failed: 0, checks: 0, seconds }
  const required = await requiredOf(leg, revision)
  if (required.length === 0) complain(`no scenario is known (${leg}, ${revision})`)
  for (const scenario of required) {
    const result = scenarios.get(scenario)
    let { verdict, why } = judgeScenario(scenario, result?.checks)
    const fault = result && ownFault(result)
    if (fault !== undefined) [verdict, why] = ['failed', [...why, fault]]
    row[verdict] += 1
    row.checks += (result?.checks ?? []).filter(({ status }) => status === 'SUCCESS').length
    for (const reason of why) console.log(`✗ ${leg} ${revision} ${scenario}: ${reason}`)
  }
  total = add(total, row)
  return row
}

function show(rows) {
  console.log('\nleg            revision    passed  skipped  failed  checks passed  time')
  for (const { leg, revision, passed, skipped, failed, checks, seconds } of rows) {
    const cells = [
      [leg, 15],
      [revision, 12],
      [passed, 8],
      [skipped, 9],
      [failed, 8],
      [checks, 15],
    ]
    const line = cells.map(([cell, width]) => String(cell).padEnd(width)).join('')
    console.log(`${line}${seconds.toFixed(1)} s`)
  }
  console.log('')
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
