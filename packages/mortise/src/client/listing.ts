import { McpError } from '../std/error.ts'
import { readObject } from '../eras/conversation.ts'
import { withoutNulls } from './absent.ts'

/** One list of a server: where it is, and how its items are told from rubbish. */
export interface ListKind {
  readonly method: string
  readonly member: string
  /** The members of an item that must be strings; the first names it. */
  readonly strings: readonly string[]
  /** The members that must be objects. */
  readonly objects?: readonly string[]
  /** The members that must be lists of things with a name, where there are any. */
  readonly named?: readonly string[]
}

/** The lists of a server. */
export const listKinds: Readonly<
  Record<'tools' | 'resources' | 'resourceTemplates' | 'prompts', ListKind>
> = {
  tools: { method: 'tools/list', member: 'tools', strings: ['name'], objects: ['inputSchema'] },
  resources: { method: 'resources/list', member: 'resources', strings: ['uri', 'name'] },
  resourceTemplates: {
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    strings: ['uriTemplate', 'name'],
  },
  prompts: { method: 'prompts/list', member: 'prompts', strings: ['name'], named: ['arguments'] },
}

/** How one list is read. */
export interface ListingOptions {
  readonly maxPages: number
  /** Gets one page. */
  readonly page: (
    params: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>
  /** Hears of an item that was left out. */
  readonly warn: (warning: string) => void
}

/**
 * Reads a list page by page. A malformed item is left out and reported, and does not hide the others.
 * @throws McpError `ERR_PAGES` when the server gives the same cursor twice, or too many pages.
 */
export async function* readList(
  kind: ListKind,
  { maxPages, page, warn }: ListingOptions,
): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined> {
  const seen = new Set<unknown>()
  let params: Readonly<Record<string, unknown>> = {}
  for (let count = 0; count < maxPages; count++) {
    const result = await page(params)
    const items = result[kind.member]
    if (!Array.isArray(items)) {
      throw new McpError('ERR_INVALID_RESULT', `${kind.method} gave no list of ${kind.member}`)
    }
    for (const item of items) {
      const fault = itemFault(kind, item)
      if (fault === undefined) yield withoutNulls(readObject(item))
      else warn(`${kind.method}: an item was left out: ${fault}`)
    }
    // Only absence ends a list: an empty string is a cursor (basic/utilities, "Pagination").
    const { nextCursor } = result
    if (typeof nextCursor !== 'string') return
    if (seen.has(nextCursor)) {
      throw new McpError(
        'ERR_PAGES',
        `${kind.method} gave the same cursor twice: the list has no end`,
      )
    }
    seen.add(nextCursor)
    params = { cursor: nextCursor }
  }
  throw new McpError('ERR_PAGES', `${kind.method} has more than ${maxPages} pages`)
}

function itemFault(
  { strings, objects = [], named = [] }: ListKind,
  item: unknown,
): string | undefined {
  const members = readObject(item)
  const called = (): string => String(members[strings[0] ?? '']).slice(0, 128)
  for (const name of strings) {
    if (typeof members[name] !== 'string') return `its ${name} is not a string`
  }
  for (const name of objects) {
    const value = members[name]
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `${called()}: its ${name} is not an object`
    }
  }
  for (const name of named) {
    if (!isListOfNamed(members[name])) return `${called()}: not all of its ${name} have a name`
  }
  return undefined
}

/** Many servers write null for what is absent. */
function isListOfNamed(value: unknown): boolean {
  if (value === undefined || value === null) return true
  const isNamed = (one: unknown): boolean => typeof readObject(one)['name'] === 'string'
  return Array.isArray(value) && value.every(isNamed)
}
