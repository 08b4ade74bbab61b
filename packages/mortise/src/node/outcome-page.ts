import { createHash } from 'node:crypto'
import type { HeaderRecord } from '../http/exchange.ts'

/** What the user is told in the browser once the authorization server has sent them back. */
export type Outcome = 'signed-in' | 'failed' | 'unknown'

/** An answer to a browser. */
export interface Page {
  readonly headers: HeaderRecord
  readonly body: string
}

const style =
  ':root{color-scheme:light dark}' +
  'body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem;text-align:center}' +
  'h1{font-size:1.6rem;font-weight:600}'

const texts: Readonly<Record<Outcome, readonly [title: string, text: string]>> = {
  'signed-in': ['You are signed in', 'You can close this window and go back to the application.'],
  failed: [
    'You are not signed in',
    'Something went wrong; the application says what. You can close this window.',
  ],
  unknown: [
    'Almost done',
    'The application is still finishing the sign-in, and says how it went. You can close this window.',
  ],
}

/** Nothing may run, load, frame or be sent from the page; only its own style counts. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of every answer: the URL that it belongs to holds a code, which nobody else is to learn. */
export const privately: HeaderRecord = {
  'cache-control': 'no-store',
  connection: 'close',
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** A page of our own words alone: nothing of a request is in it. */
export function outcomePage(outcome: Outcome): Page {
  const [title, text] = texts[outcome]
  const head =
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    `<title>${title}</title><style>${style}</style>`
  return {
    headers: { ...privately, 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html><html lang="en"><head>${head}</head><body><h1>${title}</h1><p>${text}</p></body></html>\n`,
  }
}
