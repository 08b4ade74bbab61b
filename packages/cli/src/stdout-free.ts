import { servesItself } from './serves-itself.ts'

/** Stdout while it must stay empty. */
export interface FreeStdout {
  /** Gives stdout back. @throws UsageError when somebody else has taken it meanwhile. */
  release(): void
}

/** Sends what is printed to stderr until `release`: the stdout of a stdio server belongs to the protocol. */
export function keepStdoutFree(): FreeStdout {
  const { stdout, stderr } = process
  const own = Object.getOwnPropertyDescriptor(stdout, 'write')
  const instead: typeof stdout.write = stderr.write.bind(stderr)
  stdout.write = instead
  return {
    release() {
      if (stdout.write !== instead) {
        throw servesItself()
      }
      if (own !== undefined) Object.defineProperty(stdout, 'write', own)
      else Reflect.deleteProperty(stdout, 'write')
    },
  }
}
