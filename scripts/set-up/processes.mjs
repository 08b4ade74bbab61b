import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** npm, as this platform calls it. */
export const npmCommand = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Runs a program with its output passed through; answers the exit code. */
export function run(command, args, { cwd = root, env = process.env } = {}) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: 'inherit' })
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`)
  return status ?? 1
}

/** Runs a program and keeps what it says; answers the exit code and both outputs together. */
export function capture(command, args, { cwd = root, env = process.env } = {}) {
  const { promise, resolve, reject } = withResolvers()
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text) => (output += text))
  }
  child.on('error', (cause) => reject(new Error(`${command} could not be started`, { cause })))
  child.on('close', (code) => resolve({ code: code ?? 1, output }))
  return promise
}

/** Runs npm with its output passed through; answers the exit code. */
export function npm(args, options) {
  return run(npmCommand, args, options)
}

/** The path of the script of a tool that the root folder has installed, to be run by `process.execPath`. */
export function tool(path) {
  return join(root, 'node_modules', path)
}

/** `tsc`, as arguments for `process.execPath`. */
export const tsc = tool('typescript/bin/tsc')

// Node 20 has no Promise.withResolvers.
function withResolvers() {
  let resolve
  let reject
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
