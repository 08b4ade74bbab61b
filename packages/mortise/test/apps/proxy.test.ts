import { afterEach, describe, expect, test } from 'vitest'
import { settle, until } from '../settle.ts'
import {
  connectAppView,
  createAppHost,
  startSandboxProxy,
} from '../../src/extensions/apps/index.ts'
import type { AppHostOptions, SandboxedPage } from '../../src/extensions/apps/index.ts'

const open: MessagePort[] = []
afterEach(() => {
  for (const port of open.splice(0)) port.close()
})

function channel(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel()
  open.push(port1, port2)
  return [port1, port2]
}

const server = {} as AppHostOptions['server'] // never asked here
const info = { name: 'host', version: '1.0.0' }
const html = '<!doctype html>'
const resourceReady = 'ui/notifications/sandbox-resource-ready'

// Apps, "Sandbox proxy"
describe('a sandbox proxy', () => {
  // UI-20, UI-21, UI-22, UI-23, UI-24
  test('has the page loaded under its policy, and then stands aside', async () => {
    const [hostPort, outer] = channel()
    const [inner, viewPort] = channel()
    const host = createAppHost({
      port: hostPort,
      info,
      server,
      page: { html, csp: { connectDomains: ['https://a.example'] } },
      permissions: { camera: {} },
    })
    const loaded: SandboxedPage[] = []
    startSandboxProxy({ host: outer, view: inner, load: (page) => loaded.push(page) })
    await until(() => loaded.length === 1)
    expect(loaded[0]).toMatchObject({ html, sandbox: 'allow-scripts', allow: 'camera' })
    expect(loaded[0]?.policy).toContain('connect-src https://a.example;')
    const heard: unknown[] = []
    const view = await connectAppView({
      port: viewPort,
      info: { name: 'page', version: '1.0.0' },
      onToolInput: (args) => heard.push(args),
    })
    host.toolInput({ a: 1 })
    await until(() => heard.length === 1)
    expect(view.host.capabilities).toMatchObject({
      sandbox: { permissions: { camera: {} }, csp: { connectDomains: ['https://a.example'] } },
    })
    host.close()
    view.close()
  })

  // UI-21
  test('is given the page once, and never a host without one', async () => {
    const [hostPort, outer] = channel()
    const heard: unknown[] = []
    outer.onmessage = ({ data }: MessageEvent) => void heard.push(data)
    const host = createAppHost({ port: hostPort, info, server, page: { html, csp: undefined } })
    const ready = { jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready' }
    outer.postMessage(ready)
    outer.postMessage(ready)
    await until(() => heard.length === 1)
    await settle()
    expect(heard).toMatchObject([{ method: resourceReady, params: { html } }])
    host.close()
  })

  // UI-23
  test('passes on what is for the other side, and nothing of its own kind', async () => {
    const [host, outer] = channel()
    const [inner, view] = channel()
    const atHost: unknown[] = []
    const atView: unknown[] = []
    host.onmessage = ({ data }: MessageEvent) => void atHost.push(data)
    view.onmessage = ({ data }: MessageEvent) => void atView.push(data)
    const stop = startSandboxProxy({ host: outer, view: inner, load: () => {} })
    const spoofed = ['proxy-ready', 'resource-ready', 'anything'].map((name) => ({
      jsonrpc: '2.0',
      method: `ui/notifications/sandbox-${name}`,
      params: { html },
    }))
    for (const message of spoofed) {
      view.postMessage(message)
      host.postMessage(message)
    }
    const request = { jsonrpc: '2.0', id: 1, method: 'ui/initialize', params: {} }
    const answer = { jsonrpc: '2.0', id: 1, result: {} }
    view.postMessage(request)
    host.postMessage(answer)
    await until(() => atHost.length === 2 && atView.length === 1)
    expect(atHost).toEqual([
      { jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready', params: {} },
      request,
    ])
    expect(atView).toEqual([answer])
    stop()
  })

  // UI-22
  test('loads one page, with no more rights than a page may have, under a policy in any case', async () => {
    const [host, outer] = channel()
    const [inner] = channel()
    const loaded: SandboxedPage[] = []
    startSandboxProxy({ host: outer, view: inner, load: (page) => loaded.push(page) })
    const send = (params: unknown): void =>
      host.postMessage({ jsonrpc: '2.0', method: resourceReady, params })
    send({})
    send('x')
    send({
      html,
      sandbox: 'allow-scripts allow-same-origin allow-top-navigation allow-forms',
      csp: { connectDomains: ["* ; script-src 'unsafe-eval'"] },
      permissions: { usb: {} },
    })
    send({ html: 'another' })
    await until(() => loaded.length === 1)
    await settle()
    expect(loaded).toMatchObject([{ html, sandbox: 'allow-scripts allow-forms', allow: '' }])
    expect(loaded[0]?.policy).toContain("default-src 'none'")
    expect(loaded[0]?.policy).not.toContain('*')
  })
})
