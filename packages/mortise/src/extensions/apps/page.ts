import type { ClientExtension } from '../../client/extension.ts'
import type { Client, RequestOptions } from '../../client/types.ts'
import type { Meta, Resource, ResourceContents } from '../../model/types.ts'
import { decodeBase64, decodeUtf8 } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { isAppUri } from './link.ts'
import { readCsp, readPermissions } from './policy.ts'
import { appMimeType, appsId } from './types.ts'
import type { AppCsp, AppPermissions } from './types.ts'

/** A page that was read from a server: a stranger's, to be shown in a sandbox alone. */
export interface AppContent {
  readonly uri: string
  readonly html: string
  /** The origins that it declared, origins alone; undefined when it declared nothing. */
  readonly csp: AppCsp | undefined
  /** What it asks to use; to be granted, or not. */
  readonly permissions: AppPermissions
  /** The origin that it asks to be shown from; only in the form that the host documents. */
  readonly domain: string | undefined
  readonly prefersBorder: boolean | undefined
}

/** What a client says that shows pages: `connect(…, { extensions: [showsApps()] })`. */
export function showsApps(): ClientExtension {
  return { id: appsId, settings: { mimeTypes: [appMimeType] } }
}

/** How a page is read. */
export interface ReadAppOptions extends RequestOptions {
  /** The page as it stood in `resources/list`; what it says there counts where reading says nothing. */
  readonly listed?: Pick<Resource, '_meta'>
  /** Hears what of its declarations was left out. */
  readonly onWarning?: (warning: string) => void
}

/**
 * Reads a page by its URI from the server of its tool, and checks that it is one.
 * @throws McpError `ERR_APP_PAGE` when it is none.
 */
export async function readApp(
  client: Pick<Client, 'readResource'>,
  uri: string,
  { listed, onWarning, ...request }: ReadAppOptions = {},
): Promise<AppContent> {
  if (!isAppUri(uri)) throw noPage(uri, 'its URI does not begin with ui://')
  const { contents } = await client.readResource(uri, request)
  const content = contents.find((one) => one.uri === uri)
  if (content === undefined) throw noPage(uri, 'the server gave something else')
  const mimeType = content.mimeType?.toLowerCase().replaceAll(/[\s"]/g, '')
  if (mimeType !== appMimeType) throw noPage(uri, `its MIME type is not ${appMimeType}`)
  const html = textOf(content)
  if (html === undefined || html.trim() === '') throw noPage(uri, 'it holds no HTML')
  const said = { ...uiOf(listed?._meta), ...uiOf(content._meta) }
  const { domain, prefersBorder } = said
  return {
    uri,
    html,
    csp: readCsp(said['csp'], onWarning),
    permissions: readPermissions(said['permissions']),
    domain: typeof domain === 'string' ? domain : undefined,
    prefersBorder: typeof prefersBorder === 'boolean' ? prefersBorder : undefined,
  }
}

function uiOf(meta: Meta | undefined): Readonly<Record<string, unknown>> {
  const ui = meta?.['ui']
  const isObject = typeof ui === 'object' && ui !== null && !Array.isArray(ui)
  return isObject ? (ui as Readonly<Record<string, unknown>>) : {}
}

function textOf(content: ResourceContents): string | undefined {
  if ('text' in content && typeof content.text === 'string') return content.text
  const bytes = decodeBase64((content as { readonly blob: string }).blob)
  return bytes === undefined ? undefined : decodeUtf8(bytes)
}

function noPage(uri: string, why: string): McpError {
  return new McpError('ERR_APP_PAGE', `${excerpt(uri, 200)} is no page that can be shown: ${why}`)
}
