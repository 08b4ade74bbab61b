// What every server offers, so that all of them do the same work.
import { z } from 'zod'

/** What the tool `echo` is told, 100 bytes. */
export const said =
  'The quick brown fox jumps over the lazy dog, and the dog sleeps on as if nothing had been going on. '

/** What the tool `print` answers, and what `measure` is given: 1 MiB of lines. */
export const big = `${said.slice(0, 63)}\n`.repeat(16_384)

/** Notes of progress of one call of `count`. */
export const notes = 1_000

/** The arguments of `echo` and `measure`. */
export const words = {
  zod: z.object({ text: z.string() }),
  plain: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
}

/** Tools that are there to be listed: names, descriptions and arguments as of a real server. */
export function furtherTools(count) {
  return Array.from({ length: count }, (_, index) => ({
    name: `move_document_${index}`,
    description: `Moves a document of collection ${index} into another folder and tells its readers.`,
    zod: z.object({
      path: z.string().describe('Where the document is, from the root of the collection'),
      target: z.string().describe('The folder to move it to'),
      overwrite: z.boolean().optional().describe('Whether one of the same name is replaced'),
    }),
    plain: {
      type: 'object',
      properties: {
        path: {
          type: 'string',
          description: 'Where the document is, from the root of the collection',
        },
        target: { type: 'string', description: 'The folder to move it to' },
        overwrite: { type: 'boolean', description: 'Whether one of the same name is replaced' },
      },
      required: ['path', 'target'],
    },
  }))
}

/** The tools of a server of any make: `input` is zod's or JSON Schema, and `run` answers a text. */
export function toolsOf({ further = 0, schema = 'zod' } = {}) {
  return [
    { name: 'echo', input: words[schema], run: ({ text }) => text },
    { name: 'measure', input: words[schema], run: ({ text }) => String(text.length) },
    { name: 'print', run: () => big },
    ...furtherTools(further).map((tool) => ({
      name: tool.name,
      description: tool.description,
      input: tool[schema],
      run: ({ path }) => path,
    })),
  ]
}
