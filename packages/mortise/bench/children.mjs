import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { writeRequests } from './calls.mjs'

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Starts a server of `targets.mjs` in its own process and prepares its requests. */
export async function startServer({ file, args = [], kind, opensSession = false }) {
  const child = fork(fileOf(`servers/${file}`), args)
  const { url } = await next(child)
  const requests = await writeRequests({ kind, url, opensSession })
  return {
    port: Number(new URL(url).port),
    requests,
    /** Microseconds of CPU so far, of the program and of the system for it. */
    async cpuMicros() {
      child.send('cpu')
      const { user, system } = await next(child)
      return user + system
    },
    stop: () => child.kill('SIGKILL'),
  }
}

/** Starts the load generator. */
export function startLoad() {
  const child = fork(fileOf('load.mjs'))
  return {
    /** Calls `server` over all connections for `windowMs`. @throws Error when one answer is not right. */
    async run({ port, requests }, windowMs) {
      child.send({ port, requests, windowMs })
      const { fault, ...seen } = await next(child)
      if (fault !== undefined) throw new Error(fault)
      return seen
    },
    stop: () => child.kill('SIGKILL'),
  }
}

async function next(child) {
  const ended = new AbortController()
  const onExit = (code) => ended.abort(new Error(`${child.spawnargs[1]} ended with ${code}`))
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
