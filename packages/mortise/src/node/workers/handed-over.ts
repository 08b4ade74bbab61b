import type { Worker } from 'node:cluster'

interface Closable {
  close(): void
}

/**
 * Closes, when `worker` ends, the connection that was on its way to it. Node's primary hands over one at a time and keeps it
 * open until the worker has said that it took it; from one that ends that never comes, and the peer would wait for ever.
 */
export function closeUntaken(worker: Worker): void {
  const { process } = worker
  const send = process.send.bind(process) as (...sent: readonly unknown[]) => boolean
  let last: Closable | undefined
  process.send = (...sent: readonly unknown[]): boolean => {
    const [, handle] = sent
    if (isClosable(handle)) last = handle
    return send(...sent)
  }
  // One that was taken is closed here already, and this does nothing.
  worker.once('exit', () => last?.close())
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === 'object' && handle !== null && 'close' in handle
}
