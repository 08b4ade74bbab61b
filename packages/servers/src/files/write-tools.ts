import type { Context, Server } from 'mortise/server'
import type { Confinement, LocateOptions } from './confine.ts'
import { commitEdit, planEdit } from './edit.ts'
import { FilesError } from './errors.ts'
import { bytes, fenced } from './present.ts'
import { fields } from './schemas.ts'
import { visible } from 'mortise'
import { type Fingerprint, fingerprint, makeFolder, moveEntry, writeContent } from './write.ts'

const overwrite = {
  type: 'boolean',
  description: 'Replace a file that exists without asking the user. Default: false',
} as const
const form = {
  type: 'object',
  properties: { overwrite: { type: 'boolean', title: 'Replace the file' } },
  required: ['overwrite'],
} as const

const forWriting: LocateOptions = { for: 'write' }
/** A link is moved or replaced itself. */
const forMoving: LocateOptions = { for: 'write', follow: false }

/** Adds the tools that change files and folders. */
export function addWriteTools(server: Server, files: Confinement): void {
  addWriting(server, files)
  addArranging(server, files)
}

function addWriting(server: Server, files: Confinement): void {
  server.tool(
    'write_file',
    {
      title: 'Write a file',
      description:
        'Makes a file with the given text, or replaces a whole file; before that the user is asked. To change a part ' +
        'of a file use edit_file.',
      input: {
        type: 'object',
        properties: { path: fields.path, content: { type: 'string' }, overwrite },
        required: ['path', 'content'],
      },
      annotations: { destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ path, content, overwrite: allowed = false }, context) => {
      const { maxWriteBytes } = files.limits
      if (Buffer.byteLength(content) > maxWriteBytes) {
        throw new FilesError('too_large', `a file of at most ${maxWriteBytes} bytes can be written`)
      }
      const replaces = await mayReplace({ files, path, how: forWriting, allowed, context })
      return files.use(path, forWriting, async (located) => {
        await writeContent(located, { content, replaces })
        const done = replaces === undefined ? 'Made' : 'Replaced'
        return `${done} ${visible(located.path)}: ${bytes(Buffer.byteLength(content))}`
      })
    },
  )

  server.tool(
    'edit_file',
    {
      title: 'Edit a text file',
      description:
        'Replaces texts in a UTF-8 file and shows the difference. Each oldText must stand in the file exactly once; ' +
        'with dryRun nothing is written.',
      input: {
        type: 'object',
        properties: {
          path: fields.path,
          edits: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              properties: {
                oldText: {
                  type: 'string',
                  description: 'The text to replace, with its line breaks',
                },
                newText: { type: 'string' },
              },
              required: ['oldText', 'newText'],
            },
          },
          dryRun: { type: 'boolean', description: 'Only show the difference. Default: false' },
        },
        required: ['path', 'edits'],
      },
      annotations: { destructiveHint: true, openWorldHint: false },
    },
    ({ path, edits, dryRun = false }) =>
      files.use(path, forWriting, async (located) => {
        const plan = await planEdit(located, { edits, limits: files.limits })
        if (!dryRun) await commitEdit(located, plan)
        return plan.diff === undefined
          ? `The difference is too large to show; the file ${dryRun ? 'would have' : 'has'} ` +
              bytes(Buffer.byteLength(plan.content))
          : fenced(plan.diff)
      }),
  )
}

function addArranging(server: Server, files: Confinement): void {
  server.tool(
    'create_directory',
    {
      title: 'Make a folder',
      description:
        'Makes a folder, and those above it that are missing. One that exists is left as it is.',
      input: { type: 'object', properties: { path: fields.path }, required: ['path'] },
      annotations: { destructiveHint: false, idempotentHint: true, openWorldHint: false },
    },
    async ({ path }) =>
      (await makeFolder(files, path))
        ? `Made ${visible(path)}`
        : `${visible(path)} is there already`,
  )

  server.tool(
    'move_file',
    {
      title: 'Move or rename',
      description:
        'Moves or renames a file or folder. The destination is the new path itself. Before a file there is replaced ' +
        'the user is asked; a folder is never replaced.',
      input: {
        type: 'object',
        properties: { source: fields.path, destination: fields.path, overwrite },
        required: ['source', 'destination'],
      },
      annotations: { destructiveHint: true, openWorldHint: false },
    },
    async ({ source, destination, overwrite: allowed = false }, context) => {
      await refuseMissing(files, source)
      const replaces = await mayReplace({
        files,
        path: destination,
        how: forMoving,
        allowed,
        context,
      })
      return files.use(source, forMoving, (from) =>
        files.use(destination, forMoving, async (to) => {
          await moveEntry({ source: from, destination: to, replaces })
          return `Moved ${visible(from.path)} to ${visible(to.path)}`
        }),
      )
    },
  )
}

/** A source that is not there must not cost the user a question. */
function refuseMissing(files: Confinement, path: string): Promise<void> {
  return files.use(path, forMoving, async ({ stat, path: shown }) => {
    if (stat === undefined) throw new FilesError('missing', `${shown} does not exist`)
  })
}

interface Replacement {
  readonly files: Confinement
  readonly path: string
  readonly how: LocateOptions
  /** Whether the caller said that the file may be replaced. */
  readonly allowed: boolean
  readonly context: Context
}

/**
 * The state of the file that may be replaced; undefined when there is nothing. Asks the user when the caller did not say,
 * and then remembers the state that the question was about: a file that is changed meanwhile is not replaced.
 * @throws FilesError `exists` when the user declines, or cannot be asked, or a folder is in the way.
 */
async function mayReplace({
  files,
  path,
  how,
  allowed,
  context,
}: Replacement): Promise<Fingerprint | undefined> {
  const found = await files.use(path, how, async ({ stat, path: shown }) => ({
    shown: visible(shown),
    state: fingerprint(stat),
    isFolder: stat?.isDirectory() ?? false,
    size: Number(stat?.size ?? 0),
    modified: stat?.mtime.toISOString(),
  }))
  const { shown, state, isFolder } = found
  if (state === undefined || isFolder || allowed) return isFolder ? undefined : state
  if (!context.canElicit('form')) {
    const advice = 'to replace it call again with overwrite: true'
    throw new FilesError('exists', `${shown} exists already; ${advice}`)
  }
  const asked = await context.once('state', () => state)
  const about = `${shown} exists (${bytes(found.size)}, changed ${found.modified}). Replace it?`
  const answer = await context.elicit('overwrite', about, form)
  if (answer.action === 'accept' && answer.content.overwrite) return asked
  throw new FilesError('exists', `${shown} was not replaced: the user declined`)
}
