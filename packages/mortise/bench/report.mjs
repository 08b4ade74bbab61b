import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** The windows of each target, put together: medians, and how far the shares of the ceiling lie apart. */
export function summarize(targets, windows) {
  return targets.map(({ name, ceiling = name, bar }) => {
    const all = (read) => windows.map((window) => read(window[name], window[ceiling]))
    return {
      name,
      bar,
      share: spread(all((own, top) => top.cpuPerCall / own.cpuPerCall)),
      cpuPerCall: spread(all((own) => own.cpuPerCall)).median,
      loadPerCall: spread(all((own) => own.loadPerCall)).median,
      perSecond: spread(all((own) => own.perSecond)).median,
      busy: spread(all((own) => own.busy)).median,
    }
  })
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
  return { min: sorted[0], median, max: sorted.at(-1) }
}

/** The table, with everything that is needed to make it again. */
export function report(rows, { rounds, windowMs }) {
  const lines = rows.map(({ name, share, cpuPerCall, perSecond, busy, loadPerCall }) => {
    const shares = [share.median, share.min, share.max].map((value) => value.toFixed(2))
    const costs = [cpuPerCall.toFixed(1), loadPerCall.toFixed(1)]
    return [name, ...shares, ...costs, perSecond.toFixed(0), `${(busy * 100).toFixed(0)} %`]
  })
  const head = ['', 'share', 'min', 'max', 'CPU µs/call', 'client µs/call', 'calls/s', 'busy']
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  const table = [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  return `# What a call costs

\`tools/call\` of an echo of 100 bytes over HTTP, 64 connections, every check on, with an authorization hook. The share is
the server's CPU time per call of the raw \`node:http\` handler, which answers the same JSON to the same requests without any
check, divided by the server's own: 1.00 is the ceiling. Median, least and greatest of ${rounds} rounds of ${windowMs} ms that take
turns. The client runs in a process of its own; its cost is shown, and how busy the server's thread was.

${table}

${cpus()[0].model}, ${cpus().length} CPUs, Node ${process.versions.node}, ${versions()}. Made by \`npm run bench -- --write\`.
`
}

function versions() {
  const { dependencies } = read('package.json')
  const named = { mortise: read('../package.json').version, ...dependencies }
  return Object.entries(named)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function read(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}
