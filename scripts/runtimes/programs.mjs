import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const startTimeoutMs = 30_000
const stopTimeoutMs = 15_000
const runTimeoutMs = 180_000

/** Runs a program to its end, with `env` besides this process's: the JSON lines of its stdout, and what it said on stderr. */
export async function runProgram([program, ...first], args, env = {}) {
  const child = start(program, [...first, ...args], { env })
  const timer = setTimeout(() => child.kill('SIGKILL'), runTimeoutMs)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece))
  await child.ended
  clearTimeout(timer)
  return { lines: readLines(text), said: child.said() }
}

/** Starts a program that says `listening URL`: `{ url, stop, said }`. */
export async function startServer([program, ...first], args) {
  const child = start(program, [...first, ...args])
  return serverOf(child, child.stdout, (line) => /^listening (\S+)$/.exec(line)?.[1])
}

/** Starts workerd with a configuration; it tells its port on a channel of its own. */
export async function startWorkerd([program], configuration) {
  const child = start(program, ['serve', configuration, '--control-fd=3'], { more: ['pipe'] })
  return serverOf(child, child.stdio[3], (line) => {
    const { event, port } = JSON.parse(line)
    return event === 'listen' ? `http://127.0.0.1:${port}` : undefined
  })
}

/** The JSON lines that a scenario each has left; others are not looked at. */
export function readLines(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

async function serverOf(child, stream, readUrl) {
  const stop = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await child.ended
    clearTimeout(timer)
  }
  try {
    return { url: await listening(child, stream, readUrl), stop, said: child.said }
  } catch (error) {
    await stop()
    throw error
  }
}

function listening(child, stream, readUrl) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`the server ${why}\n${child.said()}`))
    const timer = setTimeout(() => fail('does not listen'), startTimeoutMs)
    void child.ended.then(() => fail('ended before it listened'))
    createInterface({ input: stream }).on('line', (line) => {
      const url = readUrl(line)
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

function start(program, args, { more = [], env = {} } = {}) {
  const stdio = ['ignore', 'pipe', 'pipe', ...more]
  const child = spawn(program, args, { stdio, env: { ...process.env, ...env } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece) => (said += piece))
  child.said = () => said
  child.ended = new Promise((resolve) => {
    child.once('error', (error) => {
      said += error.message
      resolve()
    })
    child.once('close', resolve)
  })
  return child
}
