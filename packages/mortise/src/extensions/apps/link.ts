import type { Meta, Tool } from '../../model/types.ts'
import type { ToolVisibility } from './types.ts'
import { isObject } from '../../std/object.ts'

/** What a tool says about its page and about who may call it. */
export interface ToolUi {
  /** The page that shows its results. */
  readonly resourceUri: string | undefined
  readonly visibility: readonly ToolVisibility[]
}

/** The member of `_meta` that is deprecated: still read, never written. */
const flatKey = 'ui/resourceUri'

/**
 * Reads what a server says in the `_meta` of a tool (Apps, "Resource Discovery"), the flat key too. Visibility that is none of
 * its words lets nobody call.
 */
export function toolUi({ _meta = {} }: Pick<Tool, '_meta'>): ToolUi {
  const { ui } = _meta
  const { resourceUri: nested, visibility } = isObject(ui) ? ui : {}
  const uri = typeof nested === 'string' ? nested : _meta[flatKey]
  return {
    resourceUri: typeof uri === 'string' && isAppUri(uri) ? uri : undefined,
    visibility: visibility === undefined ? ['model', 'app'] : readVisibility(visibility),
  }
}

/** The tools that may be offered to a model (Apps, "Visibility"). */
export function modelTools<T extends Pick<Tool, '_meta'>>(tools: readonly T[]): readonly T[] {
  return tools.filter((tool) => toolUi(tool).visibility.includes('model'))
}

/**
 * The `_meta` of a tool whose results `page` shows: `_meta: showsIn(board)`. `visibility` says who may call it. Default: the model
 * and the page.
 * @throws TypeError when the page has no `ui://` URI.
 */
export function showsIn(
  page: string | { readonly uri: string },
  { visibility }: { readonly visibility?: readonly ToolVisibility[] } = {},
): Meta {
  const resourceUri = typeof page === 'string' ? page : page.uri
  if (!isAppUri(resourceUri)) throw new TypeError(`"${resourceUri}" must be a ui:// URI`)
  return { ui: { resourceUri, ...(visibility === undefined ? {} : { visibility }) } }
}

/** Whether a URI may be that of a page. */
export function isAppUri(uri: string): boolean {
  return /^ui:\/\/[^\s]/.test(uri)
}

/** Whether `_meta` holds something for hosts that show pages. */
export function hasUi(meta: Meta): boolean {
  return Object.hasOwn(meta, 'ui') || Object.hasOwn(meta, flatKey)
}

/** `_meta` without what is for hosts that show pages. */
export function withoutUi(meta: Meta): Meta {
  const { ui: _page, [flatKey]: _flat, ...rest } = meta
  return rest
}

function readVisibility(value: unknown): readonly ToolVisibility[] {
  const words: readonly unknown[] = Array.isArray(value) ? value : []
  return (['model', 'app'] as const).filter((word) => words.includes(word))
}
