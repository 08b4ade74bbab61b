import type { ContentBlock, ResourceContents } from 'mortise/client'
import type { Screen } from '../terminal.ts'
import { visibleLine, visibleText } from '../visible.ts'
import { base64Bytes, sizeText } from './size.ts'

type Page = Pick<Screen, 'isTTY' | 'paint'>

/** Content blocks for people, a block after the other; what is no text is named, with its size. */
export function contentText(blocks: readonly ContentBlock[], page: Page): string {
  return blocks.map((block) => blockText(block, page)).join('\n')
}

/** Text that a server gave: to a terminal without what a terminal obeys, elsewhere as it is. */
export function bodyText(text: string, { isTTY }: Pick<Page, 'isTTY'>): string {
  return isTTY ? visibleText(text) : text
}

function blockText(block: ContentBlock, page: Page): string {
  const { paint } = page
  switch (block.type) {
    case 'text':
      return bodyText(block.text, page)
    case 'image':
    case 'audio':
      return paint.dim(`[${block.type} ${media(block.mimeType, block.data)}]`)
    case 'resource':
      return resourceText(block.resource, page)
    case 'resource_link': {
      const { name, uri, description } = block
      const about = description === undefined ? '' : `  ${visibleLine(description)}`
      return `[${visibleLine(name)}] ${paint.cyan(visibleLine(uri))}${about}`
    }
    default:
      // A kind of a revision that this command does not know.
      return paint.dim(`[${visibleLine(String((block as { type: unknown }).type))}]`)
  }
}

function resourceText(resource: ResourceContents, page: Page): string {
  const uri = visibleLine(resource.uri)
  if ('text' in resource) return `${page.paint.dim(`── ${uri}`)}\n${bodyText(resource.text, page)}`
  const type = resource.mimeType ?? 'application/octet-stream'
  return page.paint.dim(`[${uri} ${media(type, resource.blob)}]`)
}

function media(type: string, base64: string): string {
  return `${visibleLine(type)}, ${sizeText(base64Bytes(base64))}`
}
