import { posix } from 'node:path'
import { at, librarySources } from './files.mjs'
import { eraChoosers, eraSeam, nodeFolders, unawareOfMcp } from './layers.mjs'
import { importsOf, memberName, parse, unwrap, walk } from './syntax.mjs'

const COMPARISONS = new Set(['===', '!==', '==', '!=', '<', '>', '<=', '>='])
const NAMES = new Set(['era', 'version'])

/** An era is chosen in one line of the server and one of the client; nothing else knows that there are several. */
export const eraChoiceLaw = {
  name: 'only the choosers import an era',
  check: (files) =>
    librarySources(files)
      .filter(([, inside]) => !inside.startsWith('eras/') && !eraChoosers.includes(inside))
      .flatMap(([path, inside, text]) =>
        importsOf(path, text)
          .filter(({ specifier }) => isEra(posix.join(posix.dirname(inside), specifier)))
          .map(({ specifier, offset }) => `${at(path, text, offset)} imports ${specifier}`),
      ),
}

/** Variation is a record or a module, never an `if` on an era or a version. */
export const comparisonLaw = {
  name: 'no branch on an era or a version',
  check: (files) =>
    librarySources(files)
      .filter(([, inside]) => !['revisions', ...unawareOfMcp].includes(inside.split('/')[0]))
      .flatMap(([path, , text]) =>
        offsets(path, text, branchesOnVariation).map(
          (offset) => `${at(path, text, offset)} branches on an era or a version`,
        ),
      ),
}

/** Nothing asks on which runtime it runs: what differs is handed in, or enters by an export condition. */
export const runtimeLaw = {
  name: 'no branch on a runtime',
  check: (files) =>
    librarySources(files)
      .filter(([, inside]) => !nodeFolders.includes(inside.split('/')[0]))
      .flatMap(([path, , text]) =>
        offsets(path, text, asksForRuntime).map(
          (offset) => `${at(path, text, offset)} asks which runtime this is`,
        ),
      ),
}

function isEra(inside) {
  return inside.startsWith('eras/') && !eraSeam.includes(inside)
}

function offsets(path, text, matches) {
  const found = []
  walk(parse(path, text).program, (node, parent) => {
    if (matches(node, parent)) found.push(node.start)
  })
  return found
}

function branchesOnVariation(node) {
  if (node.type === 'SwitchStatement') return NAMES.has(memberName(node.discriminant))
  if (node.type !== 'BinaryExpression' || !COMPARISONS.has(node.operator)) return false
  const sides = [node.left, node.right]
  // Whether there is one at all is a question about the message, not about the protocol.
  return sides.some((side) => NAMES.has(memberName(side))) && !sides.some(isAbsence)
}

function isAbsence(node) {
  const inner = unwrap(node)
  return (
    (inner.type === 'Identifier' && inner.name === 'undefined') ||
    (inner.type === 'Literal' && inner.value === null)
  )
}

const RUNTIMES = new Set([
  'process',
  'window',
  'document',
  'Deno',
  'Bun',
  'importScripts',
  'WorkerGlobalScope',
])

function asksForRuntime(node, parent) {
  if (node.type === 'UnaryExpression' && node.operator === 'typeof')
    return RUNTIMES.has(node.argument.name)
  if (node.type !== 'MemberExpression') return false
  const { object } = node
  const name = memberName(node)
  if (object.type === 'Identifier' && object.name === 'globalThis') return RUNTIMES.has(name)
  if (object.type === 'Identifier' && object.name === 'navigator') return name === 'userAgent'
  return (
    object.type === 'Identifier' &&
    ['process', 'Deno', 'Bun'].includes(object.name) &&
    parent?.type !== 'TSTypeQuery'
  )
}
