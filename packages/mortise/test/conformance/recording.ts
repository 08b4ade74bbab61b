import type { Server } from 'mortise/server'

type Handler = (...args: unknown[]) => unknown
type Register = (name: string, definition: object, handler: Handler) => unknown

const registering = ['tool', 'prompt', 'resource', 'resourceTemplate'] as const

/**
 * Makes `server` say on stdout which handlers are added from now on, which were begun and which came to their end, a line
 * for each: the suite's checks alone do not prove that a handler ran at all.
 */
export function recording<S extends Server>(server: S): S {
  for (const method of registering) {
    const register = server[method].bind(server) as Register
    const recorded: Register = (name, definition, handler) => {
      say(`added ${name}`)
      return register(name, definition, async (...args) => {
        say(`began ${name}`)
        const returned = await handler(...args)
        say(`ended ${name}`)
        return returned
      })
    }
    Object.assign(server, { [method]: recorded })
  }
  return server
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
