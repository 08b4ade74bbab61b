import type { Icon } from '../model/types.ts'

/** What stands in a list, or says who a peer is. */
export interface Displayed {
  readonly name: string
  readonly title?: string
  readonly annotations?: { readonly title?: string }
}

/**
 * What a definition is called where people read it: its `title`, the title among a tool's annotations, or its name (schema,
 * `BaseMetadata`). It is the server's word: plain text that may be of any length and say anything.
 */
export function displayName({ name, title, annotations }: Displayed): string {
  return readTitle(title) ?? readTitle(annotations?.title) ?? name
}

/** The types that a client which shows icons supports (basic, "Icons"). */
const mediaTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/jpg',
  'image/svg+xml',
  'image/webp',
])

/**
 * The icons of a definition, or of a server, that may be fetched and shown (basic, "Icons"): `https:` without a password in it,
 * of the origin of `serverUrl` where one is given, or `data:`; and of PNG, JPEG, SVG or WebP as far as they say their type.
 *
 * What an `https:` icon is shows only when it is fetched: without credentials, without following redirects to another origin, with a bound
 * on its bytes, and its type read from them. An SVG may hold scripts: show it as an image, never as a part of a page.
 */
export function safeIcons(
  { icons }: { readonly icons?: readonly Icon[] },
  serverUrl?: string | URL,
): readonly Icon[] {
  if (!Array.isArray(icons)) return []
  const origin = serverUrl === undefined ? undefined : new URL(serverUrl).origin
  return (icons as readonly Icon[]).filter((icon) => isSafe(icon, origin))
}

function isSafe(icon: Partial<Icon> | null, origin: string | undefined): boolean {
  const { src, mimeType } = icon ?? {}
  if (typeof src !== 'string' || !URL.canParse(src)) return false
  if (mimeType !== undefined && !isShowable(mimeType)) return false
  const url = new URL(src)
  if (url.protocol === 'data:') return isShowable(/^[^;,]*/.exec(url.pathname)?.[0])
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false
  return origin === undefined || url.origin === origin
}

function isShowable(mediaType: unknown): boolean {
  if (typeof mediaType !== 'string') return false
  const [essence = ''] = mediaType.split(';')
  return mediaTypes.has(essence.trim().toLowerCase())
}

function readTitle(title: unknown): string | undefined {
  return typeof title === 'string' && title.trim() !== '' ? title : undefined
}
