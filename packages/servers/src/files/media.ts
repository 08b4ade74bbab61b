import path from 'node:path'
import type { Located } from './confine.ts'
import { readWhole, withFile } from './handles.ts'
import type { FilesLimits } from './limits.ts'
import { tryDecode } from './text.ts'

const mimeTypes: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  csv: 'text/csv',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  m4a: 'audio/mp4',
  md: 'text/markdown',
  mjs: 'text/javascript',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  toml: 'application/toml',
  ts: 'text/x-typescript',
  txt: 'text/plain',
  wasm: 'application/wasm',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

/** The media type that a name's ending stands for; undefined for endings that are not in the table. */
export function mimeTypeOf(name: string): string | undefined {
  const ending = path.extname(name).slice(1).toLowerCase()
  return Object.hasOwn(mimeTypes, ending) ? mimeTypes[ending] : undefined
}

/** A whole file as it is sent to a client. */
export interface MediaFile {
  readonly bytes: Buffer
  readonly mimeType: string
}

/**
 * Reads a whole file of any kind.
 * @throws FilesError `too_large` over `maxMediaBytes`.
 */
export async function readMedia(located: Located, limits: FilesLimits): Promise<MediaFile> {
  const maxBytes = limits.maxMediaBytes
  const bytes = await withFile(located, (handle) =>
    readWhole(handle, { maxBytes, shown: located.path }),
  )
  return { bytes, mimeType: mimeTypeOf(located.name) ?? 'application/octet-stream' }
}

/** A whole file as text when it is UTF-8, else as bytes. */
export type FileContent =
  | { readonly text: string; readonly mimeType: string }
  | { readonly bytes: Buffer; readonly mimeType: string }

/**
 * Reads a whole file as a resource is read.
 * @throws FilesError `too_large` over `maxMediaBytes`.
 */
export async function readContent(located: Located, limits: FilesLimits): Promise<FileContent> {
  const { bytes } = await readMedia(located, limits)
  const known = mimeTypeOf(located.name)
  const isMedia = known !== undefined && /^(?:image\/(?!svg)|audio\/|video\/)/.test(known)
  const text = isMedia ? undefined : tryDecode(bytes)
  if (text === undefined) return { bytes, mimeType: known ?? 'application/octet-stream' }
  return { text, mimeType: known ?? 'text/plain' }
}
