import { at, isTest } from './files.mjs'
import { memberName, parse, unwrap, walk } from './syntax.mjs'

// Folders of one machine, as a path begins: after a quote, a space, an equals sign, a bracket or a scheme.
const MACHINE_PATH = /(?:^|[\s"'`(=:[,]|file:\/\/)\/(?:work|farm|root|home\/[a-z]\w*)\/\w/gm
const REGISTRY = /registry\.(?:npmjs\.org|yarnpkg\.com|npmmirror\.com)|npm\.pkg\.github\.com/g
const RESOLVED = /"resolved": "(?:https?|git\+\w+):[^"]*"/g

/** What is tracked means the same on every machine. */
export const portableTextLaw = {
  name: 'no machine path, no registry host',
  check: (files) =>
    [...files].flatMap(([path, text]) => {
      const faults = [
        ['a path of one machine', MACHINE_PATH],
        ['a registry host', REGISTRY],
        ...(path.endsWith('package-lock.json') ? [['a resolved address', RESOLVED]] : []),
      ]
      return faults.flatMap(([fault, pattern]) =>
        [...text.matchAll(pattern)].map(
          ({ index, 0: match }) => `${at(path, text, index)} holds ${fault}: ${match.trim()}`,
        ),
      )
    }),
}

const SUITES = new Set(['test', 'it', 'describe', 'bench', 'suite'])

/** No test is left out by hand, nor left alone: one that needs something absent says so with `skipIf`. */
export const wholeSuiteLaw = {
  name: 'no .only, no .skip',
  check: (files) =>
    [...files]
      .filter(([path]) => isTest(path))
      .flatMap(([path, text]) => {
        const found = []
        walk(parse(path, text).program, (node) => {
          if (isNarrowed(node))
            found.push(`${at(path, text, node.start)} narrows the suite by .${memberName(node)}`)
        })
        return found
      }),
}

function isNarrowed(node) {
  if (node.type !== 'MemberExpression' || !['only', 'skip'].includes(memberName(node))) return false
  let object = unwrap(node.object)
  while (object.type === 'MemberExpression') object = unwrap(object.object)
  return object.type === 'Identifier' && SUITES.has(object.name)
}
