import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { at, librarySources } from './files.mjs'
import { nodeFolders } from './layers.mjs'
import { importsOf } from './syntax.mjs'

const builtins = new Set(builtinModules)

/** Neutral code names neither Node's modules nor the folders that do. Its types are the compiler's concern. */
export const neutralLaw = {
  name: 'neutral code is neutral',
  check: (files) =>
    librarySources(files)
      .filter(([, inside]) => !isNode(inside))
      .flatMap(([path, inside, text]) =>
        importsOf(path, text)
          .filter(({ specifier }) => needsNode(inside, specifier))
          .map(({ specifier, offset }) => `${at(path, text, offset)} imports ${specifier}`),
      ),
}

function needsNode(inside, specifier) {
  if (specifier.startsWith('.')) return isNode(posix.join(posix.dirname(inside), specifier))
  return specifier.startsWith('node:') || builtins.has(specifier)
}

function isNode(inside) {
  return nodeFolders.includes(inside.split('/')[0])
}
