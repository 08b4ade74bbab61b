import cluster from 'node:cluster'
import { resolveLimits } from '../../std/limits.ts'
import type { Servable, ServeOptions, Serving } from '../serve.ts'
import { nodeHandler } from '../node-handler.ts'
import { admitHttp, openHttp } from '../serve-http.ts'
import { listenAsOwner } from './owner-listener.ts'
import { createPassing } from './pass-on.ts'
import { createPrimaryLink } from './primary-link.ts'

/** Serves as one of several workers, the one that its primary calls `tag`. */
export async function serveInWorker(
  server: Servable,
  options: ServeOptions,
  { argv, tag }: { argv: readonly string[]; tag: string },
): Promise<Serving> {
  admitHttp(server, options, argv)
  const { path = '/mcp' } = options
  const limits = resolveLimits(options.limits, server.limits)
  const primary = createPrimaryLink()
  const { port, nextFreePort, privateBase, key } = await primary.join()
  primary.onNotice = server.share({
    sessionPrefix: `${tag}.`,
    store: primary.store,
    tell: (notice) => primary.say({ kind: 'notice', notice }),
  })
  const at = `${privateBase}${tag}`
  const here = nodeHandler(server, { path })
  const passing = createPassing({ tag, privateBase, key, here })
  const place = { handler: passing.handle, port, nextFreePort }
  const [endOwner, open] = await Promise.all([
    listenAsOwner(server, { at, key, path, graceMs: limits.childGraceMs }),
    openHttp(server, options, place),
  ]).catch((error: unknown) => {
    const { code = 'ERR_LISTEN', message } = error as NodeJS.ErrnoException
    primary.say({ kind: 'refused', code, message })
    // The primary throws it, and ends this process: twice told it would look like two failures.
    return new Promise<never>(() => {})
  })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= end())

  async function end(): Promise<void> {
    passing.endStreams()
    await open.close()
    passing.close()
    await endOwner()
    finish()
    cluster.worker?.disconnect()
  }

  let finish = (): void => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  primary.onClose = () => void close()
  primary.say({ kind: 'listening', url: open.url, port: open.port })
  return { url: open.url, done, close }
}
