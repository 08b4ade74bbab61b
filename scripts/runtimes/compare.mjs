import { isDeepStrictEqual } from 'node:util'

/**
 * Holds what a runtime said of each scenario against what is expected: how many are the same, and what is wrong with the
 * others. A scenario that failed by itself, that is missing, or that nobody expects is a fault.
 */
export function compare(lines, expected) {
  const said = new Map(lines.map((line) => [line.name, line]))
  const faults = []
  for (const { name, outcome } of expected) {
    const line = said.get(name)
    said.delete(name)
    if (line === undefined) faults.push(`${name}: was not run to its end`)
    else if ('error' in line) faults.push(`${name}: ${line.error}`)
    else if (!isDeepStrictEqual(line.outcome, outcome))
      faults.push(`${name}: ${difference(line.outcome, outcome)}`)
  }
  const passed = expected.length - faults.length
  for (const name of said.keys()) faults.push(`${name}: was run here alone`)
  if (expected.length === 0) faults.push('nothing was run')
  return { passed, faults }
}

function difference(outcome, expected) {
  return `gives ${short(outcome)} instead of ${short(expected)}`
}

function short(value) {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
