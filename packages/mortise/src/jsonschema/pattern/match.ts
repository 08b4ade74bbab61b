import { spend, type Run } from '../run.ts'
import type { Automaton } from './automaton.ts'
import { includes, isWordChar } from './charset.ts'
import type { Assertion } from './parse.ts'

// What stands before a position. `other` is also said of a word character where nobody asks.
type Before = 'start' | 'word' | 'other'

// What stands after it: a code point, or the end of the text.
const END = -1

// A set of automaton states, reached before a position; made when first needed.
interface Cell {
  readonly threads: readonly number[]
  readonly before: Before
  /** The cell after an ASCII character: an index, or one of the three below. */
  readonly next: Int16Array
  /** Whether the text may end here. */
  atEnd: boolean | undefined
  /** The cells after other characters. */
  wide: Map<number, number> | undefined
}

const UNKNOWN = -1
const DEAD = -2
const MATCHED = -3

// Bounds on what one pattern remembers; past them it forgets everything and starts over.
const MAX_CELLS = 128
const MAX_WIDE = 2048

/**
 * Whether the automaton matches somewhere in a text (at its start only, with `anchored`). All states are followed at
 * once, and sets of states are remembered like those of a deterministic automaton, so that the time is linear in the
 * text: nothing backtracks. What is computed anew is paid for in steps.
 */
export function createMatcher(
  automaton: Automaton,
  { anchored }: { anchored: boolean },
): (text: string, run: Run) => boolean {
  const { states, start } = automaton
  const asksForWords = states.some(
    (state) => state.kind === 'assert' && (state.what === 'word' || state.what === 'inside'),
  )
  const cells: Cell[] = []
  const ids = new Map<string, number>()
  const marks = new Uint32Array(states.length)
  let generation = 0
  let wideCount = 0

  // The states that consume a character, reached from `threads` without consuming one; undefined if it matched.
  const expand = (
    threads: readonly number[],
    before: Before,
    after: number,
    run: Run,
  ): number[] | undefined => {
    generation += 1
    const consuming: number[] = []
    const pending = [...threads]
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (marks[id] === generation) continue
      marks[id] = generation
      spend(run, 1)
      const state = states[id]
      if (state === undefined) continue
      if (state.kind === 'match') return undefined
      if (state.kind === 'char') consuming.push(id)
      else if (state.kind === 'split') pending.push(...state.next)
      else if (holds(state.what, before, after)) pending.push(state.next)
    }
    return consuming
  }

  // Where a pattern can only begin at the start of the text, no later position needs trying.
  const canBeginLater = (): boolean => {
    if (anchored) return false
    const asked = states.some((state) => state.kind === 'assert' && state.what !== 'start')
    return asked || expand([start], 'other', 0x20, FREE)?.length !== 0
  }

  const cellFor = (threads: readonly number[], before: Before, run: Run): number => {
    const key = `${before}:${threads.join()}`
    const known = ids.get(key)
    if (known !== undefined) return known
    spend(run, 16)
    if (cells.length >= MAX_CELLS) {
      cells.length = 0
      ids.clear()
      wideCount = 0
    }
    const next = new Int16Array(128).fill(UNKNOWN)
    cells.push({ threads, before, next, atEnd: undefined, wide: undefined })
    ids.set(key, cells.length - 1)
    return cells.length - 1
  }

  const follow = (cell: Cell, point: number, run: Run): number => {
    const consuming = expand(cell.threads, cell.before, point, run)
    if (consuming === undefined) return MATCHED
    const reached = new Set<number>()
    spend(run, 8 + consuming.length * 3)
    for (const id of consuming) {
      const state = states[id]
      if (state?.kind !== 'char') continue
      spend(run, state.set.tests.length * 4)
      if (includes(state.set, point)) reached.add(state.next)
    }
    if (restarts) reached.add(start)
    if (reached.size === 0) return DEAD
    const threads = [...reached].sort((a, b) => a - b)
    return cellFor(threads, asksForWords && isWordChar(point) ? 'word' : 'other', run)
  }

  const step = (cell: Cell, point: number, run: Run): number => {
    const known = point < 128 ? cell.next[point] : cell.wide?.get(point)
    if (known !== undefined && known !== UNKNOWN) return known
    const id = follow(cell, point, run)
    // After a reset the old cell is nobody's any more.
    if (id >= 0 && cells[id] === undefined) return id
    if (point < 128) cell.next[point] = id
    else if (wideCount < MAX_WIDE) {
      wideCount += 1
      cell.wide ??= new Map()
      cell.wide.set(point, id)
    }
    return id
  }

  const restarts = canBeginLater()

  return (text, run) => {
    spend(run, 3 + (text.length >> 2))
    let cell = cells[cellFor([start], 'start', run)] as Cell
    for (let i = 0; i < text.length; i++) {
      const point = text.codePointAt(i) ?? 0
      if (point > 0xffff) i += 1
      const id = step(cell, point, run)
      if (id === MATCHED) return true
      if (id === DEAD) return false
      cell = cells[id] as Cell
    }
    cell.atEnd ??= expand(cell.threads, cell.before, END, run) === undefined
    return cell.atEnd
  }
}

// For the one walk at construction, which the limit on states bounds.
const FREE: Run = {
  steps: Infinity,
  depth: Infinity,
  frame: undefined,
  scope: undefined,
  report: undefined,
}

function holds(what: Assertion, before: Before, after: number): boolean {
  if (what === 'start') return before === 'start'
  if (what === 'end') return after === END
  const isBoundary = (before === 'word') !== (after !== END && isWordChar(after))
  return isBoundary === (what === 'word')
}
