import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'
import { faults } from './faults.mjs'

const runner = fileURLToPath(new URL('run.mjs', import.meta.url))
/** Conversations in which a fault must show. */
const numRuns = 3_000
const seed = 7
const timeoutMs = 60_000
const found = 'found: '

/** Plants each fault alone, and gives what the conversations say of it: undefined when they notice nothing. */
export async function* findPlanted() {
  for (const [index, { name, ...patch }] of faults.entries()) {
    const began = performance.now()
    const file = await bundle(`planted-${index}`, [patch])
    const fault = await holdApart(file)
    yield { name, fault, seconds: (performance.now() - began) / 1_000 }
  }
}

// In a process of its own: a fault may end it, or keep it busy for ever.
function holdApart(file) {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, encoding: 'utf8' }
    execFile(process.execPath, [runner, '--hold', file], options, (error, stdout) => {
      const line = stdout.split('\n').find((one) => one.startsWith(found))
      const crashed = error !== null && error.killed !== true
      if (line !== undefined) resolve(line.slice(found.length))
      // Running out of time finds nothing: it may be the machine's fault.
      else resolve(crashed ? `the process ended: ${error.message.slice(0, 200)}` : undefined)
    })
  })
}

/** What the process of one fault does. */
export async function holdAlone([file]) {
  const { check } = await import(file)
  const fault = await check({ numRuns, seed, first: true })
  // Whatever a fault has left running.
  setImmediate(() => process.exit())
  if (fault === undefined) return
  const [place, what] = fault.split('\n')
  console.log(`${found}${what ?? ''} (${place.replace(/^seed \d+, /, '')})`)
}
