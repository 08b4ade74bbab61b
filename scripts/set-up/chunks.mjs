import { join, sep } from 'node:path'
import { library } from './entries.mjs'

const sources = join(library, 'src')

// Clients load the interpreter of JSON Schema when they need it, so that it is a chunk of its own, but for this.
const foundation = [
  'std',
  'jsonrpc',
  'jsonschema/validator.ts',
  'model',
  'state',
  'transport',
  'http',
  'server/pages.ts',
]
// What guards the requests of authorization has tables that a program without it would only build for nothing.
const forAuthorization = ['http/address.ts', 'http/outbound-policy.ts', 'http/guarded-fetch.ts']
// What whoever serves on Node has anyway, and clients in part.
const processes = ['node/node-handler.ts', 'node/command-line.ts', 'node/spawn-channel.ts']

/**
 * What several entry points share, in few files: to find, read and link one more costs Node as much as 20 KB of code. A
 * group takes along what its modules import, so lower layers come first, and no two chunks import each other. What is in
 * no group, such as all that is for clients, rolldown puts together by who needs it.
 */
export const codeSplitting = {
  groups: [
    group('foundation', foundation, { except: forAuthorization }),
    // Most of `eras` and `revisions` is for one side or for shapes; this is what servers and clients have in common.
    group('protocol', ['eras', 'revisions'], { minShareCount: 6 }),
    group('processes', processes),
  ],
}

/** The chunks of a circle of imports, whose top-level code would run too early; undefined when there is none. */
export function circleIn(output) {
  const imports = new Map(output.map((chunk) => [chunk.fileName, chunk.imports ?? []]))
  const clear = new Set()
  const visit = (file, above) => {
    if (above.includes(file)) return [...above.slice(above.indexOf(file)), file]
    if (clear.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...above, file])
      if (circle !== undefined) return circle
    }
    clear.add(file)
    return undefined
  }
  return firstOf([...imports.keys()], (file) => visit(file, []))
}

function group(name, paths, { except = [], minShareCount = 2 } = {}) {
  const holds = (list) => (id) =>
    list.some((path) => `${id}${sep}`.startsWith(join(sources, path, sep)))
  const [isIn, isOut] = [holds(paths), holds(except)]
  return { name, test: (id) => isIn(id) && !isOut(id), minShareCount }
}

function firstOf(list, find) {
  for (const item of list) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
