import { groupBy } from './group-by.mjs'
import { sectionOf } from './read-spec.mjs'

/** How many requirements may be named in `untested.md`. It goes down, never up. */
export const UNTESTED = 0

/** How many requirements each section has, numbered from 1: none gets lost. */
export const SECTIONS = {
  BASE: 63,
  LIFE: 18,
  VER: 22,
  STDIO: 21,
  HTTP25: 43,
  HTTP26: 48,
  SSE: 9,
  DISC: 5,
  TOOL: 25,
  RES: 20,
  PROMPT: 12,
  COMPL: 7,
  ELIC: 34,
  SAMP: 18,
  ROOT: 8,
  MRTR: 25,
  SUBS: 15,
  CANC: 12,
  PROG: 8,
  CACHE: 17,
  PAGE: 5,
  LOG: 8,
  TASK25: 22,
  AUTHC: 47,
  AUTHR: 15,
  AUTHA: 13,
  SEC: 44,
  EXT: 9,
  TASK: 49,
  UI: 42,
  ACC: 7,
  EMA: 18,
  SKILL: 29,
}

/**
 * Each requirement with its tests or the reason why it has none, and what is wrong: `{ requirements, faults }`. A
 * requirement's `state` is `tested`, `excluded`, `untested` or `missing`.
 */
export function judge({
  requirements,
  claims,
  excluded,
  untested,
  sections = SECTIONS,
  most = UNTESTED,
}) {
  const tests = groupBy(claims, ({ id }) => id)
  const why = new Map(excluded.map((entry) => [entry.id, entry]))
  const known = new Set(untested.map(({ id }) => id))
  const judged = requirements.map((requirement) => {
    const { id } = requirement
    const proof = tests.get(id) ?? []
    const state = stateOf({ proof, entry: why.get(id), listed: known.has(id) })
    const reason = why.get(id)?.reason
    return { ...requirement, state, ...(reason !== undefined && { reason }), tests: proof }
  })
  const ids = new Set(requirements.map(({ id }) => id))
  const faults = [
    ...countFaults(requirements, sections),
    ...claimFaults(claims, ids, sections),
    ...listFaults('excluded.md', excluded, { ids, tests }),
    ...listFaults('untested.md', untested, { ids, tests }),
    ...untested
      .filter(({ id }) => why.has(id))
      .map(({ id }) => `${id} is both excluded and untested`),
    ...numberFaults(untested.length, most),
    ...judged
      .filter(({ state }) => state === 'missing')
      .map(({ id, text }) => `${id} has no test and no reason for that: ${text}`),
  ]
  return { requirements: judged, faults }
}

function stateOf({ proof, entry, listed }) {
  if (proof.length > 0) return 'tested'
  if (entry !== undefined) return 'excluded'
  return listed ? 'untested' : 'missing'
}

function countFaults(requirements, sections) {
  const expected = new Set(Object.entries(sections).flatMap(([name, count]) => idsOf(name, count)))
  const found = new Set(requirements.map(({ id }) => id))
  return [
    ...[...expected].filter((id) => !found.has(id)).map((id) => `requirements.md has lost ${id}`),
    ...[...found]
      .filter((id) => !expected.has(id))
      .map((id) => `requirements.md has ${id}, which is not counted in judge.mjs`),
    ...duplicates(requirements).map((id) => `${id} stands twice in requirements.md`),
  ]
}

/** `FLY-01` to `FLY-03` of a section `FLY` with three: ids are never used again, so none is missing between. */
function idsOf(section, count) {
  return Array.from(
    { length: count },
    (_, index) => `${section}-${String(index + 1).padStart(2, '0')}`,
  )
}

// Other names look alike (`SEP-2164`, `UTF-16`): only those of our sections are ids.
function claimFaults(claims, ids, sections) {
  return claims
    .filter(({ id }) => sectionOf(id) in sections && !ids.has(id))
    .map(({ id, at }) => `${at} names ${id}, which requirements.md does not have`)
}

function listFaults(name, list, { ids, tests }) {
  return [
    ...list.filter(({ id }) => !ids.has(id)).map(({ id }) => `${name}: ${id} does not exist`),
    ...list.filter(({ reason }) => reason === '').map(({ id }) => `${name}: ${id} has no reason`),
    ...duplicates(list).map((id) => `${name}: ${id} stands twice`),
    ...list
      .filter(({ id }) => tests.has(id))
      .map(({ id }) => `${name}: ${id} is tested, by ${tests.get(id)[0].at}`),
  ]
}

function numberFaults(count, most) {
  if (count > most) return [`untested.md has ${count} ids; ${most} is the limit`]
  return count < most ? [`untested.md has ${count} ids: set UNTESTED to ${count} in judge.mjs`] : []
}

function duplicates(list) {
  const ids = list.map(({ id }) => id)
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
}
