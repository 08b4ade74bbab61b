// The client over stdio: it starts the server itself, as a host does. Told `{ program, kind, inFlight }` at first, then
// `{ windowMs }` for each window, it says `{ calls, cpuMicros, wallMs, serverMicros }`.
import { spawn } from 'node:child_process'
import { answerFault, initialize, initialized, messageOf } from '../calls.mjs'
import { cpuMicros, kept, takeOrders } from '../processes.mjs'

let server
let lines
let firstLength
let setup

takeOrders(async (order) => (order.program === undefined ? await run(order) : await start(order)))

async function start({ program, kind, inFlight }) {
  const [command, args] = kept(program.command, program.args)
  server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  server.stdout.setEncoding('latin1')
  setup = { kind, inFlight }
  if (kind === 'stateless') return {}
  server.stdin.write(`${JSON.stringify(initialize(1))}\n`)
  await new Promise((resolve) => (lines = lineReader(resolve)))
  server.stdin.write(`${JSON.stringify(initialized)}\n`)
  return {}
}

async function run({ windowMs }) {
  const spent = await cpuMicros(server)
  const cpu = process.cpuUsage()
  const began = performance.now()
  const calls = await callUntil(began + windowMs)
  const { user, system } = process.cpuUsage(cpu)
  const serverMicros = (await cpuMicros(server)) - spent
  return { calls, cpuMicros: user + system, wallMs: performance.now() - began, serverMicros }
}

function callUntil(until) {
  const { message } = messageOf('echo', { kind: setup.kind, id: 'ID' })
  const [before, after] = JSON.stringify(message).split('"ID"')
  return new Promise((resolve, reject) => {
    let id = 1_000_000
    let open = 0
    let calls = 0
    let due = ''
    const ask = () => {
      due += `${before}${(id += 1)}${after}\n`
      open += 1
    }
    // All that one chunk gave room for is sent in one write.
    const send = () => {
      if (due !== '') server.stdin.write(due)
      due = ''
    }
    lines = lineReader((line) => {
      open -= 1
      calls += 1
      if (line.length !== firstLength) {
        const fault = answerFault('echo', [JSON.parse(line)], (own) => own > 1_000_000 && own <= id)
        if (fault !== undefined) reject(new Error(fault))
        firstLength = line.length
      }
      if (performance.now() < until) ask()
      else if (open === 0) resolve(calls)
    }, send)
    for (let index = 0; index < setup.inFlight; index++) ask()
    send()
  })
}

function lineReader(onLine, onChunkEnd = () => {}) {
  let rest = ''
  lines?.stop()
  const onData = (text) => {
    const found = (rest + text).split('\n')
    rest = found.pop()
    for (const line of found) onLine(line)
    onChunkEnd()
  }
  server.stdout.on('data', onData)
  return { stop: () => server.stdout.off('data', onData) }
}

// The server's input ends with this process, and so does the server.
process.on('disconnect', () => process.exit())
