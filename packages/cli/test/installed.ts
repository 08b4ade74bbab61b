import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** The command in a project of its own, built from the sources as they are now. */
export interface Installed {
  /** The project's folder, where commands are run; `servers/` holds the servers of this folder. */
  readonly folder: string
  /** Starts the command. */
  start(args: readonly string[], options?: RunOptions): Started
  /** Runs the command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Finished>
  /** Runs a line of a shell, in which `mortise` is the command, to its end. */
  shell(line: string): Promise<Finished>
  /** Writes a module into the project; its path. */
  write(name: string, source: string): string
  remove(): void
}

export interface RunOptions {
  /** What is piped in. Default: nothing. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess
  /** Resolves with the match when stderr has said what the pattern wants. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  readonly finished: Promise<Finished>
}

const here = dirname(fileURLToPath(import.meta.url))
const conditionNames = ['mortise-source', 'node', 'import', 'default']

/** Builds the command and the library into a new project, as an install would place them. */
export async function install(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-cli-'))
  const library = join(folder, 'node_modules', 'mortise')
  await bundle(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(
    join(library, 'package.json'),
    JSON.stringify({
      name: 'mortise',
      type: 'module',
      exports: { './server': './server.js', './node': './node.js' },
    }),
  )
  const jiti = dirname(createRequire(import.meta.url).resolve('jiti/package.json'))
  symlinkSync(jiti, join(folder, 'node_modules', 'jiti'), 'junction')
  cpSync(join(here, 'servers'), join(folder, 'servers'), { recursive: true })
  return installed(folder)
}

async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    input: {
      'command/main': join(here, '..', 'src', 'main.ts'),
      'node_modules/mortise/server': join(here, 'entries', 'server.ts'),
      'node_modules/mortise/node': join(here, 'entries', 'node.ts'),
    },
    platform: 'node',
    resolve: { conditionNames },
    external: ['jiti', 'undici'],
  })
  await build.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[hash].js',
  })
  await build.close()
}

function installed(folder: string): Installed {
  const main = join(folder, 'command', 'main.js')
  const begin = ([program, ...args]: [string, ...string[]], options: RunOptions = {}): Started => {
    const { input = '', env = {} } = options
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: join(folder, 'home'),
        XDG_CACHE_HOME: join(folder, 'cache'),
        ...env,
      },
    })
    child.stdin.end(input)
    return watched(child)
  }
  const start: Installed['start'] = (args, options) =>
    begin([process.execPath, main, ...args], options)
  return {
    folder,
    start,
    run: (args, options) => start(args, options).finished,
    shell: (line) =>
      begin(['sh', '-c', `mortise() { '${process.execPath}' '${main}' "$@"; }; ${line}`]).finished,
    write(name, source) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, source)
      return path
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function watched(child: ChildProcess): Started {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  }
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, ...texts }))
  })
  return {
    child,
    finished,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(texts.stderr)
          if (match !== null) resolve(match)
        }
        child.stderr?.on('data', look)
        void finished.then(() => reject(new Error(`it ended and said: ${texts.stderr}`)))
        look()
      }),
  }
}
