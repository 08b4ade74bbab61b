/** Stdout that only its owner can write to. */
export interface StdoutGuard {
  /** Writes to the real stdout; false when it is full, as `Writable.write`. */
  readonly write: (text: string, done?: () => void) => boolean
  /** Gives stdout back to everybody. */
  readonly restore: () => void
}

let guarded = false

/**
 * Sends whatever is written to `process.stdout`, by `console.log` too, to stderr until `restore`: on a stdio server's
 * stdout a single line of a debugging print breaks the protocol (basic/transports, "stdio"). What goes past
 * `process.stdout`, such as a child process that inherits it or `fs.writeSync(1)`, is not caught.
 * @throws TypeError when stdout is guarded already, since two servers cannot share it.
 */
export function guardStdout(): StdoutGuard {
  if (guarded) throw new TypeError('stdout already belongs to a stdio server of this process')
  guarded = true
  const { stdout, stderr } = process
  // A process has `write` from its prototype, unless somebody has put one over it.
  const own = Object.getOwnPropertyDescriptor(stdout, 'write')
  const realWrite = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  let active = true
  return {
    write: (text, done) => realWrite(text, done),
    restore() {
      if (!active) return
      active = false
      guarded = false
      if (own !== undefined) Object.defineProperty(stdout, 'write', own)
      else Reflect.deleteProperty(stdout, 'write')
    },
  }
}
