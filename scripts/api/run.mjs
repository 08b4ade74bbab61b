// `npm run api`: the public surface of the library, one report per subpath under docs/api. Compares what the build declares
// with what is committed and fails on a difference; `npm run api -- --write` accepts it.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildIfStale } from '../set-up/build-if-stale.mjs'
import { library, libraryEntries, outputName } from '../set-up/entries.mjs'
import { installDependencies, requireNode } from '../set-up/install.mjs'
import { capture, root } from '../set-up/processes.mjs'

const reports = join(root, 'docs', 'api')

requireNode()
installDependencies()
installDependencies(dirname(fileURLToPath(import.meta.url)))
if (!buildIfStale()) process.exit(1)
const { Extractor, ExtractorConfig } = await import('@microsoft/api-extractor')

const scratch = mkdtempSync(join(tmpdir(), 'mortise-api-'))
try {
  const current = new Map(libraryEntries().map((entry) => [reportName(entry), report(entry)]))
  if (process.argv.includes('--write')) write(current)
  else process.exitCode = (await compare(current)) ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

// `./client` under the condition `node` → client.node.api.md
function reportName({ subpath, conditions }) {
  const name = subpath === '.' ? 'index' : subpath.slice(2).replaceAll('/', '-')
  return `${[name, ...conditions].join('.')}.api.md`
}

function report({ source }) {
  const types = join(library, 'dist', 'types', `${outputName(source)}.d.ts`)
  const node = source.startsWith('src/node/')
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(library, 'package.json'),
    configObject: {
      projectFolder: library,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions: compilerOptions(node), files: [types] } },
      // Types that are reachable but not exported are part of the surface: their change changes it.
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: 'report.api.md',
        reportFolder: scratch,
        reportTempFolder: join(scratch, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  })
  const result = Extractor.invoke(config, { localBuild: true, messageCallback: showErrorsOnly })
  if (!result.succeeded) throw new Error(`no report of ${source}: its declarations do not compile`)
  return readFileSync(join(scratch, 'report.api.md'), 'utf8')
}

function compilerOptions(node) {
  return {
    target: 'es2023',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
    lib: node
      ? ['es2023', 'dom', 'dom.iterable']
      : ['es2023', 'webworker', 'webworker.asynciterable'],
    types: node ? ['node'] : [],
    typeRoots: [join(root, 'node_modules', '@types')],
  }
}

function showErrorsOnly(message) {
  message.handled = message.logLevel !== 'error'
}

function write(current) {
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  for (const [name, text] of current) writeFileSync(join(reports, name), text)
  console.log(`Wrote ${current.size} reports to docs/api`)
}

async function compare(current) {
  const committed = existsSync(reports)
    ? readdirSync(reports).filter((name) => name.endsWith('.api.md'))
    : []
  const names = [...new Set([...current.keys(), ...committed])].sort()
  let same = true
  for (const name of names) {
    const difference = await differs(name, current.get(name))
    console.log(`${difference === '' ? '✓' : '✗'} ${name}${difference}`)
    if (difference !== '') same = false
  }
  if (!same) console.log('The public surface has changed. On purpose? Then: npm run api -- --write')
  return same
}

async function differs(name, text) {
  const old = join(reports, name)
  if (text === undefined) return ' is of a subpath that is no longer exported'
  if (!existsSync(old)) return ' is new'
  if (readFileSync(old, 'utf8').replaceAll('\r\n', '\n') === text) return ''
  const changed = join(scratch, name)
  writeFileSync(changed, text)
  const { output } = await capture('git', ['diff', '--no-index', '--no-color', old, changed])
  return `\n${output}`
}
