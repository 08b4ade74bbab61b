import { afterEach } from 'vitest'
import { connectAppView, createAppHost } from '../../src/extensions/apps/index.ts'
import type {
  AppHost,
  AppHostOptions,
  AppView,
  AppViewOptions,
  ViewServer,
} from '../../src/extensions/apps/index.ts'
import { until } from '../settle.ts'

/** A message as it goes through a port. */
export type Message = Record<string, unknown> & { readonly id?: number; readonly method?: string }

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** The two ends of a channel, closed after the test. */
export function ports(): { host: MessagePort; view: MessagePort } {
  const { port1, port2 } = new MessageChannel()
  open.push(() => {
    port1.close()
    port2.close()
  })
  return { host: port1, view: port2 }
}

/** A server without anything. */
export const nobody: ViewServer = {
  // oxlint-disable-next-line require-yield -- a server without tools
  async *tools() {
    return undefined
  },
  callTool: () => Promise.reject(new Error('called')),
  readResource: () => Promise.reject(new Error('read')),
}

/** Who the host is, and the page. */
export const info = { name: 'host', version: '1.0.0' }
export const page = { name: 'page', version: '2.0.0' }

/** A host and what a raw view at its port hears. */
export function startHost(options: Partial<AppHostOptions> = {}): {
  host: AppHost
  heard: Message[]
  warnings: string[]
  say: (message: unknown) => void
  ask: (id: number, method: string, params?: unknown) => Promise<Message>
  begin: (capabilities?: object) => Promise<Message>
} {
  const { host: port, view } = ports()
  const heard: Message[] = []
  const warnings: string[] = []
  view.onmessage = ({ data }: MessageEvent) => void heard.push(data as Message)
  const host = createAppHost({
    port,
    info,
    server: nobody,
    onWarning: (warning) => warnings.push(warning),
    ...options,
  })
  open.push(host.close)
  const say = (message: unknown): void => view.postMessage(message)
  const answerTo = (id: number): Message | undefined =>
    heard.find((message) => message.id === id && message.method === undefined)
  async function ask(id: number, method: string, params: unknown = {}): Promise<Message> {
    say({ jsonrpc: '2.0', id, method, params })
    await until(() => answerTo(id) !== undefined)
    return answerTo(id) as Message
  }
  async function begin(capabilities: object = {}): Promise<Message> {
    const answer = await ask(1, 'ui/initialize', {
      appInfo: page,
      appCapabilities: capabilities,
      protocolVersion: '2026-01-26',
    })
    say({ jsonrpc: '2.0', method: 'ui/notifications/initialized' })
    await host.ready
    return answer
  }
  return { host, heard, warnings, say, ask, begin }
}

/** A host and a view of this library. */
export async function connectBoth(
  hostOptions: Partial<AppHostOptions> = {},
  viewOptions: Partial<AppViewOptions> = {},
): Promise<{ host: AppHost; view: AppView }> {
  const { host: hostPort, view: viewPort } = ports()
  const host = createAppHost({ port: hostPort, info, server: nobody, ...hostOptions })
  const view = await connectAppView({ port: viewPort, info: page, ...viewOptions })
  await host.ready
  open.push(host.close, view.close)
  return { host, view }
}
