import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Runtime } from '../std/runtime.ts'
import type { Spawn } from './start-process.ts'

const pollMs = 20
/** After SIGKILL only the system can still be busy with a process. */
const killedMs = 500

/** A child and everything it has started. */
export interface ProcessGroup {
  /** Asks the group to end, waits `graceMs`, then ends it. Resolves when it is gone. Called again, it only waits. */
  end(graceMs: number): Promise<void>
}

/** What the group needs from outside. */
export interface ProcessGroupOptions {
  readonly child: ChildProcess
  readonly platform: NodeJS.Platform
  readonly runtime: Runtime
  readonly spawn: Spawn
}

/**
 * The group of a child that was spawned `detached`, so that it leads one. It is killed when this process ends, by `exit` or
 * by a signal that nobody else handles.
 */
export function createProcessGroup(options: ProcessGroupOptions): ProcessGroup {
  const group = options.platform === 'win32' ? windowsGroup(options) : posixGroup(options)
  let ending: Promise<void> | undefined
  return { end: (graceMs) => (ending ??= group.end(graceMs)) }
}

/**
 * The system does not tell when a group is empty, so it is asked again and again: in real time, and by timers that keep
 * this process alive, since nothing else does once the leader is gone.
 */
function posixGroup({ child }: ProcessGroupOptions): ProcessGroup {
  const group = -(child.pid ?? 0)
  const killNow = (): void => void signal(group, 'SIGKILL')
  watch(killNow)
  const gone = async (withinMs: number): Promise<boolean> => {
    const until = performance.now() + withinMs
    while (signal(group, 0)) {
      if (performance.now() >= until) return false
      await sleep(pollMs)
    }
    return true
  }
  return {
    async end(graceMs) {
      signal(group, 'SIGTERM')
      if (!(await gone(graceMs))) {
        killNow()
        await gone(killedMs)
      }
      unwatch(killNow)
    },
  }
}

/** Windows has no signals and no groups: `taskkill` walks the tree, while its root lives. */
function windowsGroup({ child, runtime, spawn }: ProcessGroupOptions): ProcessGroup {
  const killNow = (): void => void child.kill()
  watch(killNow)
  return {
    async end() {
      if (child.exitCode === null && child.signalCode === null) {
        const args = ['/pid', String(child.pid), '/T', '/F']
        const killer = spawn('taskkill', args, { windowsHide: true })
        // Without `taskkill`, at least the child itself.
        killer.on('error', killNow)
        await new Promise<void>((resolve) => {
          const cancel = runtime.after(killedMs, resolve)
          child.once('exit', () => {
            cancel()
            resolve()
          })
        })
      }
      unwatch(killNow)
    },
  }
}

/** False when no such process is left. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(group, name)
  } catch (error) {
    // EPERM: it is there, and has become somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const killers = new Set<() => void>()
const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function watch(killNow: () => void): void {
  if (killers.size === 0) {
    process.on('exit', killAll)
    for (const name of deadly) process.on(name, onSignal)
  }
  killers.add(killNow)
}

function unwatch(killNow: () => void): void {
  killers.delete(killNow)
  if (killers.size > 0) return
  process.off('exit', killAll)
  for (const name of deadly) process.off(name, onSignal)
}

function killAll(): void {
  for (const killNow of killers) killNow()
}

/** Ends this process as the signal would have, unless someone else has a mind of their own about it. */
function onSignal(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 1) return
  killAll()
  process.off(name, onSignal)
  process.kill(process.pid, name)
}
