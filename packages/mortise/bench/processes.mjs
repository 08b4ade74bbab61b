// Programs under test and those that load them, in processes of their own, each kept to its own core where there are two.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Whether programs stay on cores of their own: what is measured on the first, what it is measured with on the second. */
export const pinned =
  cpus().length > 1 && process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0
const cores = { measured: '0', load: '1' }

/** The path of a file in this folder. */
export const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url))

/** How a program is called so that it stays on its core. */
export function kept(command, args, role = 'measured') {
  return pinned ? ['taskset', ['-c', cores[role], command, ...args]] : [command, args]
}

/** How a program of this folder is called, `told` being what it is to do. */
export function nodeProgram(file, told = {}, flags = []) {
  const profiled = profiles !== undefined && file.endsWith('/mortise.mjs')
  const all = profiled ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`, ...flags] : flags
  return { command: process.execPath, args: [...all, fileOf(file), JSON.stringify(told)] }
}

/** Where the programs of the library leave their profiles; undefined to make none. */
const profiles = process.argv.includes('--profile') ? fileOf('.tmp/profiles') : undefined

/** Starts a server over HTTP that tells its URL: a Node program by a message, another one by a line. */
export async function startHttp({ command, args, speaks = 'messages' }) {
  const [file, all] = kept(command, args)
  const stdio = ['ignore', speaks === 'messages' ? 'inherit' : 'pipe', 'inherit', 'ipc']
  const child = spawn(file, all, { stdio })
  const url = speaks === 'messages' ? (await next(child)).url : await firstLine(child)
  return {
    url,
    port: Number(new URL(url).port),
    cpuMicros: () => cpuMicros(child),
    ask: (question) => ask(child, question),
    // A Node program ends by itself then, and writes its profile first where it is to.
    stop: () => (speaks === 'messages' ? child.disconnect() : child.kill('SIGKILL')),
  }
}

/** Starts a program that takes one order after the other, and answers each; `{ fault }` is an error. */
export function startOrdered(file, { told = {}, role = 'load', flags = [] } = {}) {
  const { command, args } = nodeProgram(file, told, flags)
  const [program, all] = kept(command, args, role)
  const child = spawn(program, all, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    async order(order) {
      child.send(order)
      const { fault, ...seen } = await next(child)
      if (fault !== undefined) throw new Error(fault)
      return seen
    },
    // It ends by itself then, and so does a server that it has started.
    stop: () => child.disconnect(),
  }
}

/** The other end of `startOrdered`. */
export function takeOrders(carryOut) {
  const answer = async (order) => {
    try {
      process.send(await carryOut(order))
    } catch (error) {
      process.send({ fault: error.stack })
    }
  }
  process.on('message', (order) => void answer(order))
}

/** Microseconds of CPU that a child and its own children have used: of all their threads, and of the system for them. */
export async function cpuMicros(child) {
  if (!existsSync(`/proc/${child.pid}/task/${child.pid}/schedstat`)) return await ask(child, 'cpu')
  return nanosOfProcess(child.pid) / 1_000
}

function nanosOfProcess(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`)
  const children = threads.flatMap((thread) => readOr('', `${thread}/children`).split(' '))
  const own = threads.map((thread) => Number(readOr('0', `${thread}/schedstat`).split(' ')[0]))
  const all = [...own, ...children.filter((id) => id !== '').map(nanosOfProcess)]
  return all.reduce((sum, nanos) => sum + nanos, 0)
}

function readOr(otherwise, path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The thread has ended since the folder was read.
    return otherwise
  }
}

async function ask(child, question) {
  child.send(question)
  return (await next(child)).answer
}

async function firstLine(child) {
  let said = ''
  child.stdout.setEncoding('utf8')
  for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
    said += text
    if (said.includes('\n')) return said.split('\n')[0].trim()
  }
  throw new Error(`${child.spawnargs.join(' ')} ended before it said where it is`)
}

async function next(child) {
  const ended = new AbortController()
  const onExit = (code) => ended.abort(new Error(`${child.spawnargs.join(' ')} ended with ${code}`))
  child.once('exit', onExit)
  try {
    const [message] = await once(child, 'message', { signal: ended.signal })
    return message
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error
  } finally {
    child.off('exit', onExit)
  }
}
