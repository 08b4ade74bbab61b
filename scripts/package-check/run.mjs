// `npm run test:package`: packs every package as it would be published, installs the tarballs in an empty project and uses
// them there as a stranger would; then lints the tarballs. Every check runs; fails when one does.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildIfStale } from '../set-up/build-if-stale.mjs'
import { readManifest } from '../set-up/entries.mjs'
import { installDependencies, requireNode } from '../set-up/install.mjs'
import { capture, npmCommand, root, tsc } from '../set-up/processes.mjs'
import { offers, strayFiles, writeConsumer } from './consumer.mjs'

const node = process.execPath
const here = dirname(fileURLToPath(import.meta.url))

requireNode()
installDependencies()
installDependencies(here)
if (!buildIfStale()) process.exit(1)

const scratch = mkdtempSync(join(tmpdir(), 'mortise-package-'))
let failures = 0
try {
  const packages = publishable()
  for (const one of packages) one.tarball = await pack(one)
  await useAsStranger(packages)
  for (const one of packages) await lint(one)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(failures === 0 ? 'All packages are fit to publish' : `${failures} checks failed`)
process.exitCode = failures === 0 ? 0 : 1

// A package is published once it offers something: a subpath that is code, or a command. The library always goes along,
// or the others would fetch one of the same name.
function publishable() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true)
    .filter(
      ({ manifest }) =>
        manifest.name === 'mortise' || offers(manifest).length > 0 || manifest.bin !== undefined,
    )
}

async function pack({ folder, manifest }) {
  const target = join(scratch, manifest.name.replace('/', '-'))
  mkdirSync(target)
  await check(
    `${manifest.name}: packs`,
    [npmCommand, 'pack', '--silent', '--pack-destination', target],
    folder,
  )
  const [tarball] = readdirSync(target)
  if (tarball === undefined) throw new Error(`npm pack wrote no tarball of ${manifest.name}`)
  return join(target, tarball)
}

async function useAsStranger(packages) {
  const project = join(scratch, 'consumer')
  const offered = packages.flatMap(({ manifest }) => offers(manifest))
  if (offered.length === 0) throw new Error('no package offers a subpath')
  writeConsumer(project, offered)
  const tarballs = packages.map(({ tarball }) => tarball)
  const install = [
    npmCommand,
    'install',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    ...tarballs,
  ]
  if (!(await check('the tarballs install in an empty project', install, project))) return
  for (const { manifest } of packages) {
    const stray = strayFiles(join(project, 'node_modules', manifest.name))
    report(`${manifest.name}: holds what is used and nothing else`, stray)
  }
  await check(
    `${offered.length} subpaths import under Node ${process.versions.node}`,
    [node, 'run.mjs'],
    project,
  )
  await check('types under nodenext', [node, tsc, '-p', 'tsconfig.nodenext.json'], project)
  await check(
    'types under bundler, neutral subpaths',
    [node, tsc, '-p', 'tsconfig.bundler.json'],
    project,
  )
  for (const { manifest } of packages) {
    for (const command of Object.keys(manifest.bin ?? {})) {
      await check(
        `${command} --version answers`,
        [node, join(project, 'node_modules', '.bin', command), '--version'],
        project,
      )
    }
  }
}

async function lint({ manifest, tarball }) {
  await check(
    `${manifest.name}: publint`,
    [node, binary('publint', 'publint'), 'run', tarball, '--strict'],
    here,
  )
  if (offers(manifest).length === 0) return
  const attw = [
    node,
    binary('@arethetypeswrong/cli', 'attw'),
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--no-color',
  ]
  await check(`${manifest.name}: are the types wrong?`, attw, here)
}

function binary(name, command) {
  const folder = join(here, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

async function check(name, [command, ...args], cwd) {
  const { code, output } = await capture(command, args, { cwd })
  return report(name, code === 0 ? [] : [output])
}

function report(name, faults) {
  console.log(`${faults.length === 0 ? '✓' : '✗'} ${name}`)
  if (faults.length === 0) return true
  console.log(faults.join('\n'))
  failures += 1
  return false
}
