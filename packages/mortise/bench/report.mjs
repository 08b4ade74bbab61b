import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { bars, boundOf, isMet } from './bars.mjs'
import { pinned } from './processes.mjs'
import { versions } from './programs.mjs'

/** What a sample may hold: how its column is called and written. */
const columns = {
  cpu: ['CPU µs', (value) => value.toFixed(1)],
  loadCpu: ['load µs', (value) => value.toFixed(1)],
  perSecond: ['a second', (value) => value.toFixed(0)],
  busy: ['busy', percent],
  loadBusy: ['load busy', percent],
  ms: ['ms', (value) => value.toFixed(1)],
  bytes: ['bytes', whole],
  rss: ['of the process', whole],
  gzipped: ['gzipped', whole],
  allGzipped: ['gzipped, in all', whole],
  allBytes: ['bytes, in all', whole],
  packages: ['packages', whole],
  instantiations: ['instantiations', whole],
}

const ratio = (value) => value.toFixed(2)
const written = {
  share: ['speed, ceiling = 1 (more is better)', ratio],
  multiple: ['speed, ceiling = 1 (more is better)', ratio],
}
const slower = ['time, ceiling = 1 (less is better)', ratio]

/** Which machine measured, when, and how; it takes a second to see what else the machine is doing. */
export async function conditions({ rounds, windowMs }) {
  const before = cpuTimes()
  await pause(1_000)
  const after = cpuTimes()
  const othersBusy = 1 - (after.idle - before.idle) / (after.all - before.all)
  return {
    when: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0].model.trim()}, ${cpus().length} CPUs`,
    node: process.versions.node,
    rounds,
    windowMs,
    othersBusy: Math.round(othersBusy * 100) / 100,
    pinned,
  }
}

function cpuTimes() {
  const times = cpus().map((cpu) => cpu.times)
  const sum = (values) => values.reduce((total, value) => total + value, 0)
  return {
    idle: sum(times.map(({ idle }) => idle)),
    all: sum(times.flatMap((own) => Object.values(own))),
  }
}

/** The table of one workload, with its bars. */
export function table({ name, title, about, figure, rows, conditions }) {
  const keys = [...new Set(rows.flatMap(({ medians }) => Object.keys(medians)))]
  const ofTime = figure.as === 'multiple' && figure.of === 'ms'
  const [heading, write] = ofTime ? slower : (written[figure.as] ?? columns[figure.of])
  const shown = keys.filter((key) => columns[key] !== undefined && written[figure.as] !== undefined)
  const others = keys.filter((key) => key !== figure.of && columns[key] !== undefined)
  const more = written[figure.as] === undefined ? others : shown
  const head = ['', heading, 'min', 'max', 'bar', ...more.map((key) => columns[key][0])]
  const lines = rows.map((row) => [
    row.name,
    ...['median', 'min', 'max'].map((key) => write(row.figure[key])),
    verdict(name, row, write),
    ...more.map((key) => (row.medians[key] === undefined ? '' : columns[key][1](row.medians[key]))),
  ])
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  const text = [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  return `## ${title}\n\n\`${name}\`: ${about}\n\n${text}\n\n${said(conditions)}\n`
}

function verdict(workload, { name, figure }, write) {
  const bar = boundOf(bars, workload, name)
  if (bar === undefined) return ''
  const { atLeast, atMost } = bar
  const bounds = [atLeast && `≥ ${write(atLeast)}`, atMost && `≤ ${write(atMost)}`].filter(Boolean)
  return `${bounds.join(', ')} ${isMet(bar, figure) ? 'met' : 'MISSED'}`
}

function said({ when, machine, node, rounds, windowMs, othersBusy, pinned }) {
  const way = pinned ? 'a core for each side' : 'cores shared'
  const others = `${percent(othersBusy)} busy with other things before${othersBusy > 0.2 ? ': BUSY' : ''}`
  return `${when}, ${machine}, ${others}, Node ${node}, ${rounds} rounds of ${windowMs} ms, ${way}.`
}

/** The page of results. */
export function page(results) {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `# What it costs

Figures of \`npm run bench -- --write\`; [README.md](README.md) says how they come about and what they do not say. The figure of a row is the
median of all rounds, with the least and the greatest beside it. Beside the bars: whether they are met.

${results.map(table).join('\n')}
Compared: ${named.join(', ')}.
`
}

function percent(value) {
  return `${(value * 100).toFixed(0)} %`
}

function whole(value) {
  return Math.round(value).toLocaleString('en')
}
