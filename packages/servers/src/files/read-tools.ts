import type { ContentBlock, Server } from 'mortise/server'
import { pathToFileURL } from 'node:url'
import type { Confinement } from './confine.ts'
import { FilesError } from './errors.ts'
import { describeEntry, listFolder } from './list.ts'
import type { FilesLimits } from './limits.ts'
import { readMedia } from './media.ts'
import {
  bothWays,
  bySize,
  infoData,
  showInfo,
  showListing,
  showSizes,
  showText,
} from './present.ts'
import { readText } from './read.ts'
import { fields, foldersSchema, infoSchema, listingSchema } from './schemas.ts'

const annotations = { readOnlyHint: true, openWorldHint: false } as const
const line = { type: 'integer', minimum: 1 } as const

/** Adds the tools that read files and list folders. */
export function addReadTools(server: Server, files: Confinement): void {
  addReading(server, files)
  addListing(server, files)
}

function addReading(server: Server, files: Confinement): void {
  server.tool(
    'read_text_file',
    {
      title: 'Read a text file',
      description:
        'Reads a UTF-8 text file, whole or some lines of it: head or tail, or offset and limit. Large files must be ' +
        'read in parts.',
      input: {
        type: 'object',
        properties: {
          path: fields.path,
          head: { ...line, description: 'Only the first so many lines' },
          tail: { ...line, description: 'Only the last so many lines' },
          offset: { ...line, description: 'The first line to read; lines count from 1' },
          limit: { ...line, description: 'How many lines to read from offset' },
        },
        required: ['path'],
      },
      annotations,
    },
    ({ path, ...range }, { signal }) =>
      files.use(path, {}, async (located) =>
        showText(await readText(located, { range, limits: files.limits, signal })),
      ),
  )

  server.tool(
    'read_media_file',
    {
      title: 'Read an image or a sound',
      description:
        'Reads a file that is no text: an image or a sound as such, others as a resource.',
      input: { type: 'object', properties: { path: fields.path }, required: ['path'] },
      annotations,
    },
    ({ path }) =>
      files.use(path, {}, async (located) => {
        const { bytes, mimeType } = await readMedia(located, files.limits)
        return [mediaBlock({ bytes, mimeType, uri: pathToFileURL(located.path).href })]
      }),
  )

  server.tool(
    'read_multiple_files',
    {
      title: 'Read several text files',
      description:
        'Reads several UTF-8 text files at once. What is wrong with one of them is told in its place.',
      input: {
        type: 'object',
        properties: { paths: { type: 'array', items: fields.path, minItems: 1 } },
        required: ['paths'],
      },
      annotations,
    },
    ({ paths }, { signal }) => readSeveral(files, { paths, signal }),
  )
}

function mediaBlock({
  bytes,
  mimeType,
  uri,
}: {
  bytes: Buffer
  mimeType: string
  uri: string
}): ContentBlock {
  const data = bytes.toString('base64')
  if (mimeType.startsWith('image/')) return { type: 'image', data, mimeType }
  if (mimeType.startsWith('audio/')) return { type: 'audio', data, mimeType }
  return { type: 'resource', resource: { uri, mimeType, blob: data } }
}

async function readSeveral(
  files: Confinement,
  { paths, signal }: { paths: readonly string[]; signal: AbortSignal },
): Promise<readonly ContentBlock[]> {
  const { maxFilesPerRead, maxTextBytes } = files.limits
  if (paths.length > maxFilesPerRead) {
    throw new FilesError('invalid', `at most ${maxFilesPerRead} files can be read at once`)
  }
  const blocks: ContentBlock[] = []
  let left = maxTextBytes
  for (const path of paths) {
    signal.throwIfAborted()
    const limits: FilesLimits = { ...files.limits, maxTextBytes: left }
    const text = await readOne(files, { path, limits, signal })
    left = Math.max(0, left - Buffer.byteLength(text))
    blocks.push({ type: 'text', text: `${path}:\n${text}` })
  }
  return blocks
}

async function readOne(
  files: Confinement,
  { path, limits, signal }: { path: string; limits: FilesLimits; signal: AbortSignal },
): Promise<string> {
  try {
    return await files.use(path, {}, async (located) => {
      const { text } = await readText(located, { limits, signal })
      return text
    })
  } catch (error) {
    if (!(error instanceof FilesError)) throw error
    return `Error: ${error.message}`
  }
}

function addListing(server: Server, files: Confinement): void {
  const { path, includeHidden, includeIgnored } = fields
  const folder = { path, includeHidden, includeIgnored }

  server.tool(
    'list_directory',
    {
      title: 'List a folder',
      description:
        'Lists what is in a folder: files, folders and links, in the order of their names.',
      input: { type: 'object', properties: folder, required: ['path'] },
      output: listingSchema,
      annotations,
    },
    ({ path: asked, ...options }, { signal }) =>
      files.use(asked, {}, async (located) => {
        const listing = await listFolder(files, located, { ...options, signal })
        return bothWays(showListing(listing), listing)
      }),
  )

  server.tool(
    'list_directory_with_sizes',
    {
      title: 'List a folder with sizes',
      description: 'Lists what is in a folder with the sizes of files, and their sum.',
      input: {
        type: 'object',
        properties: {
          ...folder,
          sortBy: { enum: ['name', 'size'], description: 'Default: name. By size: largest first' },
        },
        required: ['path'],
      },
      output: listingSchema,
      annotations,
    },
    ({ path: asked, sortBy, ...options }, { signal }) =>
      files.use(asked, {}, async (located) => {
        const { entries, cut } = await listFolder(files, located, {
          ...options,
          signal,
          sizes: true,
        })
        const listing = { entries: sortBy === 'size' ? entries.toSorted(bySize) : entries, cut }
        return bothWays(showSizes(listing), listing)
      }),
  )

  server.tool(
    'get_file_info',
    {
      title: 'Describe a file or folder',
      description: 'Tells kind, size, times, permissions and media type of a file or folder.',
      input: { type: 'object', properties: { path }, required: ['path'] },
      output: infoSchema,
      annotations,
    },
    ({ path: asked }) =>
      files.use(asked, {}, async (located) => {
        const info = await describeEntry(located)
        return bothWays(showInfo(info), infoData(info))
      }),
  )

  server.tool(
    'list_allowed_directories',
    {
      title: 'List the allowed folders',
      description: 'Tells which folders can be used. Relative paths start at the first.',
      output: foldersSchema,
      annotations,
    },
    () => {
      const folders = files.roots.map((root) => root.path)
      return bothWays(['Allowed folders:', ...folders].join('\n'), { folders })
    },
  )
}
