// Security V41: what strangers write is on the front's pages as text, and a real browser runs none of it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFront } from 'mortise/auth/front'
import { createServer as createMcpServer } from 'mortise/server'
import { serve } from 'mortise/node'
import { holdPort } from './port.mjs'

const command = JSON.parse(process.env.MORTISE_BROWSER ?? 'null')

/** With every payload several pages are opened. */
const patienceMs = 300_000

/** Whatever runs calls `alert`, opens something, or asks `/ran`. */
const scripts = [
  '<script>alert(1)</script>',
  '<ScRiPt>alert(1)</sCrIpT>',
  '<script src=/ran></script>',
  '<script\n>alert(1)</script\n>',
  '<script/x>alert(1)</script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '</strong></p><script>alert(1)</script>',
  '--><script>alert(1)</script><!--',
  ']]><script>alert(1)</script>',
  '<noscript><p title="</noscript><script>alert(1)</script>">',
  String.raw`\u003cscript\u003ealert(1)\u003c/script\u003e`,
  '＜script＞alert(1)＜/script＞',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
]
const handlers = [
  '<img src=x onerror=alert(1)>',
  '<img src="x" onerror="alert(1)">',
  '<img/src=x/onerror=alert(1)>',
  '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
  '<svg onload=alert(1)>',
  '<svg/onload=alert(1)//',
  '<svg><script>alert(1)</script></svg>',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  '<body onload=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '<input autofocus onfocus=alert(1)>',
  '<select autofocus onfocus=alert(1)>',
  '<video><source onerror=alert(1)></video>',
  '<audio src=x onerror=alert(1)>',
  '<marquee onstart=alert(1)>',
  '<p onpointerenter=alert(1) style="position:fixed;inset:0">',
  '<style>@keyframes x{}</style><p style="animation-name:x" onanimationstart=alert(1)>',
]
const attributes = [
  '"><script>alert(1)</script>',
  "'><script>alert(1)</script>",
  '" onmouseover="alert(1)" x="',
  "' onmouseover='alert(1)' x='",
  '` onmouseover=alert(1) `',
  '" autofocus onfocus="alert(1)',
  '"><input name="decision" value="approve',
]
const elements = [
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object>',
  '<embed src="javascript:alert(1)">',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=/ran">',
  '<link rel="stylesheet" href="/ran">',
  '<style>@import "/ran";body{background:url(/ran)}</style>',
  '<a href="javascript:alert(1)">Notes</a>',
  '</form><form action="/ran"><button>Allow</button>',
  '<template shadowrootmode=open><script>alert(1)</script></template>',
]
const others = [
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  'Notes\u202e>tpircs<\u2066\u200b\u0000\r\n\r\n<script>alert(1)</script>',
]
const payloads = [...scripts, ...handlers, ...attributes, ...elements, ...others]

const opened = []
let origin
let elsewhere
let browser

/** At one other origin: the provider, documents of clients, and a client's page. */
async function startElsewhere() {
  const server = createServer((request, response) => {
    const url = new URL(request.url, elsewhere)
    const json = (body) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/client') {
      json({
        client_id: url.href,
        client_name: url.searchParams.get('name'),
        redirect_uris: [`${elsewhere}/landed`],
      })
    } else if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri'))
      const error = url.searchParams.get('error') ?? 'access_denied'
      back.searchParams.set('state', url.searchParams.get('state'))
      back.searchParams.set('error', error)
      back.searchParams.set('error_description', error)
      response.writeHead(302, { location: back.href }).end()
    } else if (url.pathname === '/careless') {
      const policy =
        "default-src 'none'; script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy })
      response.end(`${handlers[0]}${scripts[0]}`)
    } else response.writeHead(200, { 'content-type': 'text/plain' }).end('landed')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  elsewhere = `http://127.0.0.1:${server.address().port}`
}

beforeAll(async () => {
  if (command === null) return
  await startElsewhere()
  const { port, release } = await holdPort()
  origin = `http://127.0.0.1:${port}`
  await release()
  const front = createFront({
    issuer: origin,
    resource: `${origin}/mcp`,
    provider: {
      authorizationEndpoint: `${elsewhere}/authorize`,
      tokenEndpoint: `${elsewhere}/token`,
      clientId: 'front',
      clientSecret: 'of the front',
      identify: () => ({ subject: 'ada' }),
    },
    secrets: ['a secret for one run of this test'],
    scopes: { read: 'Read your notes' },
    name: 'Notes',
    allowLoopback: true,
    limits: {
      maxRegistrationsPerMinute: 10_000,
      maxClientDocumentsPerMinute: 10_000,
      maxVisitsPerMinute: 10_000,
    },
  })
  const server = createMcpServer({ name: 'n', version: '1.0.0', auth: front.protection() })
  const serving = await serve(server, {
    transport: 'http',
    port,
    argv: [],
    signals: false,
    onListening() {},
  })
  opened.push(() => serving.close())
  const [executablePath, ...args] = command
  browser = await chromium.launch({ executablePath, args, headless: true })
  opened.push(() => browser.close())
})

afterAll(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** A browser that notes everything that a page should not do. */
async function watchedPage() {
  const faults = []
  const context = await browser.newContext()
  context.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('weberror', (error) => faults.push(`error ${error.error().message}`))
  context.on('request', (request) => {
    const { origin: at, pathname } = new URL(request.url())
    const isKnown = at === origin || at === elsewhere
    // Chromium asks for an icon wherever it is.
    if (!isKnown || pathname === '/ran') faults.push(`request ${request.url()}`)
  })
  await context.exposeBinding('reportViolation', (_source, text) => {
    faults.push(`policy ${text}`)
  })
  await context.addInitScript(() => {
    globalThis.document.addEventListener('securitypolicyviolation', (event) => {
      void globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  const page = await context.newPage()
  context.on('page', (other) => {
    if (other !== page) faults.push('another page')
  })
  return { page, faults, close: () => context.close() }
}

async function registered(metadata) {
  const response = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [`${elsewhere}/landed`], ...metadata }),
  })
  return (await response.json()).client_id
}

function authorizeUrl(params) {
  const query = new URLSearchParams({
    response_type: 'code',
    redirect_uri: `${elsewhere}/landed`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...params,
  })
  return `${origin}/authorize?${query}`
}

/** The elements of the page, the repeated ones once: markup that a stranger brought would be among them. */
function elementsOf(page) {
  return page.evaluate(() =>
    [...new Set([...globalThis.document.querySelectorAll('*')].map(({ localName }) => localName))]
      .toSorted()
      .join(' '),
  )
}

const frame = ['body', 'h1', 'head', 'html', 'meta', 'p', 'style', 'title']
const consent = ['br', 'button', 'dd', 'dl', 'dt', 'form', 'input', 'li', 'small', 'strong', 'ul']
const consentElements = [...frame, ...consent].toSorted().join(' ')

describe.skipIf(command === null)('in a real browser', () => {
  test('whatever one of sixty ways does would be noticed', async () => {
    expect(new Set(payloads).size).toBeGreaterThanOrEqual(60)
    const { page, faults, close } = await watchedPage()
    await page.goto(`${elsewhere}/careless`)
    await page.locator('img').count()
    await expect.poll(() => faults).toContain('dialog 1')
    await expect.poll(() => faults.join()).toContain('policy img-src')
    await close()
  })

  test(
    'a name and all else in a registration are text',
    async () => {
      const { page, faults, close } = await watchedPage()
      for (const payload of payloads) {
        const clientId = await registered({
          client_name: payload,
          client_uri: payload,
          logo_uri: payload,
          tos_uri: payload,
          policy_uri: payload,
          software_id: payload,
          scope: payload,
          contacts: [payload],
        })
        await page.goto(authorizeUrl({ client_id: clientId, state: payload }))
        expect(await elementsOf(page), payload).toBe(consentElements)
        expect(await page.locator('form').count()).toBe(1)
        // What is there to be obeyed by a browser or a terminal alone is shown by its number.
        // eslint-disable-next-line no-control-regex
        if (!/[\u0000-\u001f\u200b-\u2069]/.test(payload) && payload.length < 100) {
          expect(await page.locator('p strong').first().textContent()).toBe(payload)
        }
        await page.mouse.move(200, 200)
        await page.mouse.move(60, 60)
      }
      expect(faults).toEqual([])
      await close()
    },
    patienceMs,
  )

  test(
    'a name in a metadata document is text, and so is its URL',
    async () => {
      const { page, faults, close } = await watchedPage()
      for (const payload of payloads) {
        const query = new URLSearchParams({ name: payload })
        await page.goto(authorizeUrl({ client_id: `${elsewhere}/client?${query}` }))
        expect(await elementsOf(page), payload).toBe(consentElements)
      }
      expect(faults).toEqual([])
      await close()
    },
    patienceMs,
  )

  test(
    'a client id, a redirect URI, a scope, a resource and a state are text, or are not shown',
    async () => {
      const { page, faults, close } = await watchedPage()
      const clientId = await registered({})
      for (const payload of payloads) {
        const known = { client_id: clientId }
        for (const params of [
          { client_id: payload },
          { ...known, redirect_uri: payload },
          { ...known, resource: payload, state: payload, scope: payload },
        ]) {
          await page.goto(authorizeUrl(params)).catch((error) => {
            throw new Error(`${payload}: ${error.message}`)
          })
          expect(await page.locator('script, img, svg, iframe, form, base').count()).toBe(0)
        }
        const uri = `${elsewhere}/landed?x=${encodeURIComponent(payload)}`
        const other = await registered({ redirect_uris: [uri] })
        // Some are refused: then there is no client, and the page says so.
        await page.goto(authorizeUrl({ client_id: other ?? 'none', redirect_uri: uri }))
        expect(await page.locator('script, img, svg, iframe, base').count()).toBe(0)
      }
      expect(faults).toEqual([])
      await close()
    },
    patienceMs,
  )

  test(
    'what a provider says of its error, and what comes to the callback, is shown nowhere',
    async () => {
      const { page, faults, close } = await watchedPage()
      const clientId = await registered({})
      for (const payload of payloads) {
        const query = new URLSearchParams({ error: payload, error_description: payload })
        await page.goto(`${origin}/callback?${query}&state=${encodeURIComponent(payload)}`)
        expect(await elementsOf(page), payload).toBe(frame.toSorted().join(' '))
      }
      // The same comes from the provider, with a state that is good.
      for (const payload of [scripts[0], handlers[0], ...attributes]) {
        const query = new URLSearchParams({ error: payload })
        await page.route(
          (url) => url.href.startsWith(`${elsewhere}/authorize`),
          (route) => route.continue({ url: `${route.request().url()}&${query}` }),
        )
        await page.goto(authorizeUrl({ client_id: clientId }))
        const answered = page.waitForURL(`${elsewhere}/landed**`)
        await page.locator('button').first().click()
        await answered
        const { searchParams } = new URL(page.url())
        expect(searchParams.get('error_description')).toMatch(/^[\w ]+$/)
        await page.unrouteAll()
      }
      expect(faults).toEqual([])
      await close()
    },
    patienceMs,
  )
})
