import { fstatSync } from 'node:fs'

/**
 * Whether somebody talks to this process through its stdin: a pipe or a socket, which a host makes, or a file of requests.
 * A terminal, `/dev/null` and a stdin that is closed are nobody.
 */
export function stdinIsPiped(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket() || stdin.isFile()
  } catch {
    return false // closed before the start
  }
}
