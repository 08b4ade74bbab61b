import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openUrl, pageUrl } from './open-url.ts'

// AUTHC-46, AUTHC-47, SEC-24 and SEC-25: security best practices, "OAuth Authorization URL Validation".

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'vbscript:x',
  'ftp://id.example/',
  'ms-settings:x',
  'http://id.example/authorize',
  'http://127.0.0.1.example/authorize',
  'https://user:secret@id.example/authorize',
  'https://id.example/$(id)/authorize',
  'https://id.example/a;id',
  '-- help',
  '',
])('AUTHC-46, SEC-24, SEC-25: %s is no page to open', async (url) => {
  const spawned = vi.fn<typeof spawn>()
  await expect(openUrl(url, { spawn: spawned })).rejects.toMatchObject({ code: 'ERR_BLOCKED_URL' })
  expect(spawned).not.toHaveBeenCalled()
})

test.each([
  ['https://id.example/authorize?a=b&c=%20', 'https://id.example/authorize?a=b&c=%20'],
  ['HTTPS://ID.example:443/x y?z', 'https://id.example/x%20y?z'],
  ['http://localhost:9000/a', 'http://localhost:9000/a'],
  ['http://[::1]:9000/a', 'http://[::1]:9000/a'],
  ['https://id.example/a?b=c#d', 'https://id.example/a?b=c'],
  [
    'https://id.example/a?b=`id`;$(x)|"y" \'z\'\n',
    'https://id.example/a?b=%60id%60%3B%24%28x%29%7C%22y%22%20%27z%27',
  ],
])(
  'SEC-24: %s is opened as it is written by the parser, without what a shell knows',
  (url, page) => {
    expect(pageUrl(url)).toBe(page)
  },
)

test('AUTHC-46: a page of http is opened where the application trusts its origin', () => {
  const page = 'http://id.lan:8080/authorize'
  expect(pageUrl(page, ['http://id.lan:8080'])).toBe(page)
  expect(() => pageUrl(page, ['http://id.lan'])).toThrow('only https is')
  expect(() => pageUrl('ftp://id.lan/', ['ftp://id.lan'])).toThrow('only https is')
})

test('AUTHC-47: the browser that the user named gets the page as one argument, and no shell', async () => {
  const { file, env } = writingBrowser()
  const page = 'https://id.example/authorize?scope=a%20b&state=$(touch owned)&x=%PATH%'
  expect(await openUrl(page, { env })).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
    'https://id.example/authorize?scope=a%20b&state=%24%28touch%20owned%29&x=%PATH%',
  ])
})

test('a browser that is not there or fails is passed over for the next one', async () => {
  const { file, env } = writingBrowser()
  const failing = `"${process.execPath}" -e process.exit(3)`
  const names = ['mortise-no-such-browser', failing, '', env['BROWSER']].join(':')
  expect(await openUrl('https://id.example/', { env: { ...env, BROWSER: names } })).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(['https://id.example/'])
  const none = { ...env, BROWSER: `mortise-no-such-browser:${failing}` }
  expect(await openUrl('https://id.example/', { env: none })).toBe(false)
})

const url = 'https://id.example/a'
const windows = ['rundll32', 'url.dll,FileProtocolHandler', url]

test.each([
  ['linux', { DISPLAY: ':0' }, ['xdg-open', url]],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0', SSH_TTY: '/dev/pts/0' }, ['xdg-open', url]],
  ['linux', {}, undefined],
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, ['wslview', url]],
  ['darwin', {}, ['open', url]],
  ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, undefined],
  ['win32', {}, windows],
  ['linux', { BROWSER: 'my-browser --new=%s -x' }, ['my-browser', `--new=${url}`, '-x']],
] as const)('AUTHC-47: on %s with %o the page is opened by %o', async (platform, env, expected) => {
  const started: unknown[] = []
  const opened = await openUrl(url, {
    platform,
    env,
    spawn(file, args, options) {
      started.push([file, ...args])
      expect(options).not.toHaveProperty('shell')
      return spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
    },
  })
  expect([opened, started]).toEqual([expected !== undefined, expected ? [expected] : []])
})

/** A browser that writes its arguments into a file. */
function writingBrowser(): { file: string; env: Record<string, string | undefined> } {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-browser-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'arguments.json')
  const script = join(folder, 'browser.mjs')
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.argv.slice(2)))`,
  )
  return { file, env: { ...process.env, BROWSER: `"${process.execPath}" "${script}"` } }
}
