import type { ElicitAnswer } from 'mortise/client'
import type { Paint } from '../paint.ts'
import { visibleLine, visibleText } from '../visible.ts'
import type { Talk } from './talk.ts'

/** A page that the user is to visit. */
export interface PageQuestion {
  /** Who asks. */
  readonly server: string
  readonly message: string
  readonly url: string
}

const answers: Readonly<Record<string, ElicitAnswer['action']>> = {
  y: 'accept',
  yes: 'accept',
  n: 'decline',
  no: 'decline',
  '/decline': 'decline',
  '/cancel': 'cancel',
}

/**
 * Shows the whole address of a page with its host highlighted, and asks whether the user has been there. Nothing is opened
 * (client/elicitation, "Safe URL Handling").
 */
export async function askPage(
  { server, message, url }: PageQuestion,
  talk: Talk,
  paint: Paint,
): Promise<ElicitAnswer> {
  talk.say(`\n${paint.bold(visibleLine(server))} asks you to visit a page: ${visibleText(message)}`)
  talk.say(`  ${highlighted(url, paint)}`)
  for (const warning of warnings(url)) talk.say(`  ${paint.yellow(warning)}`)
  for (;;) {
    const text = await talk.ask(
      `  Open it yourself if you trust it. ${paint.bold('Done?')} (yes, no, /cancel): `,
    )
    if (text === undefined) return { action: 'cancel' }
    const action = answers[text.toLowerCase()]
    if (action === 'accept') return { action }
    if (action !== undefined) return { action }
  }
}

/** As the browser will understand it: the host in ASCII, everything else escaped. */
function highlighted(url: string, paint: Paint): string {
  const { href, host } = new URL(url)
  const at = host === '' ? -1 : href.indexOf(host)
  if (at < 0) return visibleLine(href)
  const end = at + host.length
  return `${visibleLine(href.slice(0, at))}${paint.bold(paint.yellow(host))}${visibleLine(href.slice(end))}`
}

function warnings(url: string): readonly string[] {
  const { protocol, hostname, username } = new URL(url)
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return [
    ...(protocol === 'https:' || local ? [] : [`This is ${protocol} and not https:`]),
    ...(hostname.split('.').some((label) => label.startsWith('xn--'))
      ? ['The host has letters that look like others']
      : []),
    ...(username === '' ? [] : ['What stands before the @ is not where this leads']),
  ]
}
