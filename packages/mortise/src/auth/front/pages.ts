import type { Exchange } from '../../http/exchange.ts'
import { encodeBase64, encodeUtf8 } from '../../std/encoding.ts'
import { excerpt } from '../../std/excerpt.ts'
import { visible } from '../../std/visible.ts'

/** What every page shows of the front. */
export interface Brand {
  readonly name: string
  readonly logo?: string
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.4rem}dt{color:#555;font-size:.9rem}dd{margin:0 0 .8rem;overflow-wrap:anywhere}
.warning{border-left:4px solid #b35900;padding:.2rem .8rem;background:#fff6ec}
button{font:inherit;padding:.5rem 1.2rem;margin-right:.6rem}img{max-height:3rem}`

const maxShown = 500
let styleDigest: Promise<string> | undefined

async function digestOfStyle(): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', encodeUtf8(style))
  return encodeBase64(new Uint8Array(bytes))
}

/** Answers with a page that runs nothing, loads nothing, and is shown in no frame. `body` is HTML. */
export async function replyPage(
  exchange: Exchange,
  status: number,
  page: {
    readonly brand: Brand
    readonly title: string
    readonly body: string
    readonly cookie?: string
  },
): Promise<void> {
  const { brand, title, body, cookie } = page
  styleDigest ??= digestOfStyle()
  // No `form-action`: browsers hold it against the redirects after the form, to the provider and to the client.
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${await styleDigest}'`,
    ...(brand.logo === undefined ? [] : ['img-src data:']),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  const logo = brand.logo === undefined ? '' : `<img src="${escapeHtml(brand.logo)}" alt="">`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${shown(title)}</title><style>${style}</style></head>
<body>${logo}<h1>${shown(title)}</h1>
${body}
</body></html>
`
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    // Not `no-referrer`: with that a browser sends the form with `Origin: null`.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  }
  exchange.reply(
    status,
    cookie === undefined ? headers : { ...headers, 'set-cookie': cookie },
    html,
  )
}

/** Why it does not go on. */
export interface Problem {
  readonly brand: Brand
  readonly text: string
  /** Default: 400. */
  readonly status?: number
  /** Where a link leads. */
  readonly back?: { readonly uri: string; readonly host: string }
}

/** A page that says why it does not go on. It leads nowhere, but to `back` whoever wants to. */
export function replyProblem(
  exchange: Exchange,
  { brand, text, status = 400, back }: Problem,
): Promise<void> {
  const way =
    back === undefined
      ? 'Go back to the program that sent you here.'
      : `<a href="${escapeHtml(back.uri)}" rel="noreferrer">Go back to ${shown(back.host)}</a>, if you came from there.`
  const body = `<p>${shown(text)}</p><p>Nothing was shared. ${way}</p>`
  return replyPage(exchange, status, { brand, title: `${brand.name}: this cannot go on`, body })
}

/** Text of a stranger as HTML: cut, on one line, with nothing hidden in it. */
export function shown(text: string): string {
  return escapeHtml(visible(excerpt(text, maxShown)))
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
