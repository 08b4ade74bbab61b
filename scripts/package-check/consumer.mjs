import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../set-up/processes.mjs'

/** What a package offers to others: `{ specifier, neutral }` for every subpath of its `exports` that is code. */
export function offers(manifest) {
  return Object.entries(manifest.exports ?? {})
    .filter(([, target]) => typeof target !== 'string')
    .map(([subpath, target]) => ({
      specifier: `${manifest.name}${subpath.slice(1)}`,
      // Under no condition but the plain ones: what a bundler for another runtime sees.
      neutral: manifest.name === 'mortise' && !defaultOf(target).startsWith('./dist/node/'),
    }))
}

/** Files of an installed package that nobody who uses it has any need of: maps, sources, tests, notes of the build. */
export function strayFiles(folder) {
  const used = /^(?:(?:bin|dist)\/.*\.js|dist\/.*\.d\.ts|package\.json|README\.md|LICENSE)$/
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('node_modules/'))
    .filter((path) => !used.test(path) || /\.test(?:-d)?\.|^dist\/declared\//.test(path))
}

/** Writes a project that uses every subpath, by import at run time and by type; answers its commands. */
export function writeConsumer(folder, offered) {
  const write = (name, text) => writeFileSync(join(folder, name), text)
  mkdirSync(folder, { recursive: true })
  write('package.json', json({ name: 'consumer', private: true, type: 'module' }))
  write('run.mjs', runAll(offered))
  write('all.ts', typeAll(offered))
  write('neutral.ts', typeAll(offered.filter(({ neutral }) => neutral)))
  write('tsconfig.nodenext.json', tsconfig({ module: 'nodenext', types: ['node'] }, 'all.ts'))
  write(
    'tsconfig.bundler.json',
    tsconfig({ module: 'esnext', moduleResolution: 'bundler', types: [] }, 'neutral.ts'),
  )
}

function defaultOf(target) {
  return typeof target === 'string' ? target : defaultOf(target.default)
}

function runAll(offered) {
  const lines = offered.map(
    ({ specifier }) =>
      `if (Object.keys(await import('${specifier}')).length === 0) throw new Error('${specifier} exports nothing')`,
  )
  return `${lines.join('\n')}\n`
}

function typeAll(offered) {
  const lines = offered.flatMap(({ specifier }, index) => [
    `import * as offer${index} from '${specifier}'`,
    // An import that resolves to \`any\` would pass for anything.
    `export const typed${index}: 0 extends 1 & typeof offer${index} ? never : typeof offer${index} = offer${index}`,
  ])
  return `${lines.join('\n')}\nexport {}\n`
}

function tsconfig(options, file) {
  return json({
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
      strict: true,
      noEmit: true,
      // Our declarations are under test, so they are read in full.
      skipLibCheck: false,
      typeRoots: [join(root, 'node_modules', '@types')],
      ...options,
    },
    files: [file],
  })
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}
