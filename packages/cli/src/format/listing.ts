import type { Prompt, Resource, ResourceTemplate, ServerFacts, Tool } from 'mortise/client'
import type { Screen } from '../terminal.ts'
import { visibleLine, visibleText } from '../visible.ts'
import { widthOf } from '../width.ts'
import { wrap } from '../wrap.ts'
import { signature } from './signature.ts'
import { sizeText } from './size.ts'

/** What a server offers; a list that was not asked for is undefined. */
export interface Offer {
  readonly server: ServerFacts
  readonly tools?: readonly Tool[] | undefined
  readonly resources?: readonly Resource[] | undefined
  readonly templates?: readonly ResourceTemplate[] | undefined
  readonly prompts?: readonly Prompt[] | undefined
}

type Page = Pick<Screen, 'columns' | 'paint'>

/** One item: what to write to use it, and what it is. */
interface Entry {
  readonly name: string
  readonly detail: string
  readonly about: string
}

/** How much is shown. */
export interface ListingLimits {
  /** Of resources, which may be thousands. Default: all. */
  readonly maxResources?: number
}

/** What a server offers, for people. */
export function listingText(
  offer: Offer,
  page: Page,
  { maxResources = Infinity }: ListingLimits = {},
): string {
  const { tools, resources, templates, prompts } = offer
  const sections = [
    section('Tools', tools?.map(toolEntry), page),
    section('Resources', resources?.map(resourceEntry), { ...page, max: maxResources }),
    section('Resource templates', templates?.map(templateEntry), page),
    section('Prompts', prompts?.map(promptEntry), page),
  ]
  return `${[heading(offer.server, page), ...sections.filter((text) => text !== undefined)].join('\n\n')}\n`
}

/** What a server offers, as `--json` prints it. */
export function listingDocument({ server, tools, resources, templates, prompts }: Offer): object {
  const { info, version, capabilities, instructions } = server
  return {
    server: info ?? null,
    protocol: version,
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
    ...(tools && { tools }),
    ...(resources && { resources }),
    ...(templates && { resourceTemplates: templates }),
    ...(prompts && { prompts }),
  }
}

function heading({ info, version, instructions }: ServerFacts, { paint, columns }: Page): string {
  const name = info === undefined ? 'a server without a name' : `${info.name} ${info.version}`
  const lines = [`${paint.bold(visibleLine(name))}  ${paint.dim(`speaks ${visibleLine(version)}`)}`]
  const about = [info?.description, instructions].filter((text) => text !== undefined)
  for (const text of about) lines.push(wrap(visibleText(text).trim(), { columns, indent: 2 }))
  return lines.join('\n')
}

function section(
  title: string,
  entries: readonly Entry[] | undefined,
  { paint, columns, max = Infinity }: Page & { readonly max?: number },
): string | undefined {
  if (entries === undefined) return undefined
  if (entries.length === 0) return `${paint.bold(title)}  ${paint.dim('none')}`
  const items = entries.slice(0, max).map(({ name, detail, about }) => {
    const fits = widthOf(`  ${name} ${detail}`) <= columns
    const set = fits ? ` ${detail}`.trimEnd() : `\n${wrap(detail, { columns, indent: 6 })}`
    const line = `  ${paint.cyan(name)}${set}`
    return about === '' ? line : `${line}\n${paint.dim(wrap(about, { columns, indent: 6 }))}`
  })
  if (entries.length > max) {
    const rest = `… and ${entries.length - max} more (--${title.toLowerCase()} shows all)`
    items.push(`  ${paint.dim(rest)}`)
  }
  return [`${paint.bold(title)} (${entries.length})`, ...items].join('\n')
}

function toolEntry({ name, title, description, inputSchema, annotations }: Tool): Entry {
  const label = title ?? annotations?.title
  return {
    name: visibleLine(name),
    detail: signature(inputSchema),
    about: aboutText(description ?? label),
  }
}

function resourceEntry({ uri, name, title, description, mimeType, size }: Resource): Entry {
  const parts = [title ?? name, mimeType, size === undefined ? undefined : sizeText(size)]
  return { name: visibleLine(uri), detail: details(parts), about: aboutText(description) }
}

function templateEntry({
  uriTemplate,
  name,
  title,
  mimeType,
  description,
}: ResourceTemplate): Entry {
  return {
    name: visibleLine(uriTemplate),
    detail: details([title ?? name, mimeType]),
    about: aboutText(description),
  }
}

function promptEntry({ name, title, description, arguments: all = [] }: Prompt): Entry {
  const shown = all.map((one) =>
    one.required === true ? `${one.name}=string` : `[${one.name}=string]`,
  )
  return {
    name: visibleLine(name),
    detail: visibleLine(shown.join(' ')),
    about: aboutText(description ?? title),
  }
}

function details(parts: readonly (string | undefined)[]): string {
  return visibleLine(parts.filter((part) => part !== undefined).join(', '))
}

function aboutText(text: string | undefined): string {
  return text === undefined ? '' : visibleText(text).trim()
}
