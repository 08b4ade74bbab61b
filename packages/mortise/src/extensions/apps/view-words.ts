import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { maxUriLength } from '../../model/uri.ts'
import type { ContentBlock, Implementation, LogLevel, Params } from '../../model/types.ts'
import { logLevels } from '../../model/types.ts'
import { displayModes } from './types.ts'
import type { DisplayMode } from './types.ts'
import { isObject } from '../../std/object.ts'

/** What a view says about itself when it begins. */
export interface AppFacts {
  readonly info: Implementation
  /** The modes that it can be shown in; undefined when it did not say. */
  readonly displayModes: readonly DisplayMode[] | undefined
  /** What else it declared, as it came. */
  readonly capabilities: Params
}

/** Words of a view for the chat. */
export interface AppMessage {
  readonly role: 'user' | 'assistant'
  readonly content: readonly ContentBlock[]
}

/** What a view wants the model to know: the latest alone counts. */
export interface ModelContext {
  readonly content?: readonly ContentBlock[]
  readonly structuredContent?: Params
}

/** A line of a view's log. */
export interface AppLogEntry {
  readonly level: LogLevel
  readonly logger?: string
  readonly data: unknown
}

/** @throws RpcError when the parameters of `ui/initialize` are none. */
export function readAppFacts({ appInfo, appCapabilities, protocolVersion }: Params): AppFacts {
  if (typeof protocolVersion !== 'string') throw invalid('protocolVersion must be a string')
  if (!isObject(appCapabilities)) throw invalid('appCapabilities must be an object')
  if (!isObject(appInfo)) throw invalid('appInfo must be an object')
  const { name, version } = appInfo
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw invalid('appInfo needs a name and a version')
  }
  const { availableDisplayModes: modes } = appCapabilities
  return {
    info: { ...appInfo, name, version },
    displayModes: Array.isArray(modes) ? readModes(modes) : undefined,
    capabilities: appCapabilities,
  }
}

/** The words of a list that are modes. */
export function readModes(value: unknown): readonly DisplayMode[] {
  return Array.isArray(value) ? displayModes.filter((mode) => value.includes(mode)) : []
}

/** @throws RpcError when it is none. */
export function readMode({ mode }: Params): DisplayMode {
  const known = displayModes.find((one) => one === mode)
  if (known === undefined) throw invalid(`mode must be one of ${displayModes.join(', ')}`)
  return known
}

/** A web address alone: whoever opens it must not run what a view wrote. @throws RpcError */
export function readLink({ url }: Params): string {
  if (typeof url !== 'string' || url.length > maxUriLength || !URL.canParse(url)) {
    throw invalid('url must be a web address')
  }
  const { protocol, href, username, password } = new URL(url)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  if (!isWeb || username !== '' || password !== '') {
    throw invalid('url must be https: or http:, without a password')
  }
  return href
}

/** One block, or several: the stable page shows one, its types take a list (T-52). @throws RpcError */
export function readAppMessage({ role, content }: Params): AppMessage {
  if (role !== 'user' && role !== 'assistant') throw invalid('role must be user or assistant')
  return { role, content: readBlocks(Array.isArray(content) ? content : [content]) }
}

/** @throws RpcError */
export function readModelContext({ content, structuredContent }: Params): ModelContext {
  if (structuredContent !== undefined && !isObject(structuredContent)) {
    throw invalid('structuredContent must be an object')
  }
  if (content !== undefined && !Array.isArray(content)) throw invalid('content must be a list')
  return {
    ...(content === undefined ? {} : { content: readBlocks(content) }),
    ...(structuredContent === undefined ? {} : { structuredContent }),
  }
}

/** A width and a height in pixels; undefined when they are none. */
export function readSize({
  width,
  height,
}: Params): { width?: number; height?: number } | undefined {
  const isSize = (value: unknown): boolean =>
    value === undefined || (typeof value === 'number' && value >= 0)
  if (!isSize(width) || !isSize(height)) return undefined
  return {
    ...(width === undefined ? {} : { width: width as number }),
    ...(height === undefined ? {} : { height: height as number }),
  }
}

/** Undefined when it is no line of a log. */
export function readLogEntry({ level, logger, data }: Params): AppLogEntry | undefined {
  const known = logLevels.find((one) => one === level)
  if (known === undefined || data === undefined) return undefined
  return { level: known, ...(typeof logger === 'string' ? { logger } : {}), data }
}

const blockMembers: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  image: ['data', 'mimeType'],
  audio: ['data', 'mimeType'],
  resource_link: ['uri', 'name'],
  resource: [],
}

function readBlocks(blocks: readonly unknown[]): readonly ContentBlock[] {
  if (blocks.every(isBlock)) return blocks
  throw invalid('content must be blocks of text, images, audio or resources')
}

function isBlock(block: unknown): block is ContentBlock {
  if (!isObject(block) || typeof block['type'] !== 'string') return false
  const { type, resource } = block as { readonly type: string; readonly resource?: unknown }
  if (!Object.hasOwn(blockMembers, type)) return false
  if (type === 'resource' && !(isObject(resource) && typeof resource['uri'] === 'string'))
    return false
  return (blockMembers[type] ?? []).every((member) => typeof block[member] === 'string')
}

function invalid(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}
