import type { Server } from 'mortise/server'
import type { Confinement } from './confine.ts'
import { compileExcludes } from './list.ts'
import { bothWays, showMatches, showNames } from './present.ts'
import { fields, matchesSchema, namesSchema, treeSchema } from './schemas.ts'
import { searchContent } from './search-content.ts'
import { searchNames } from './search-names.ts'
import { visibleJson } from './text.ts'
import { readTree } from './tree.ts'

const annotations = { readOnlyHint: true, openWorldHint: false } as const
const walked = {
  path: fields.path,
  excludePatterns: fields.excludePatterns,
  includeHidden: fields.includeHidden,
  includeIgnored: fields.includeIgnored,
} as const

/** Lines of a content search where the caller names no number. */
const usualMatches = 100
/** Files between two notices of progress. */
const progressEvery = 20

/** Adds the tools that look through folders and all that is in them. */
export function addSearchTools(server: Server, files: Confinement): void {
  const excludes = (patterns: readonly string[] = []): ReturnType<typeof compileExcludes> =>
    compileExcludes(patterns, files.limits)
  const results = { type: 'integer', minimum: 1, maximum: files.limits.maxResults } as const

  server.tool(
    'directory_tree',
    {
      title: 'Show a folder as a tree',
      description: 'Tells what is in a folder and all folders below it, as nested JSON.',
      input: {
        type: 'object',
        properties: {
          ...walked,
          depth: { type: 'integer', minimum: 1, description: 'How many levels. Default: all' },
        },
        required: ['path'],
      },
      output: treeSchema,
      annotations,
    },
    ({ path, excludePatterns, depth, ...options }, { signal }) =>
      files.use(path, {}, async (located) => {
        const exclude = excludes(excludePatterns)
        const tree = await readTree(files, located, {
          ...options,
          maxDepth: depth,
          exclude,
          signal,
        })
        const { content, structuredContent } = bothWays(visibleJson(tree.tree), tree)
        const note = { type: 'text', text: '[Truncated: ask for a folder further down]' } as const
        return { content: tree.truncated ? [...content, note] : content, structuredContent }
      }),
  )

  server.tool(
    'search_files',
    {
      title: 'Find files by name',
      description:
        'Finds files and folders below a folder. The pattern is a glob for the path below it (*.md there, **/*.md ' +
        'anywhere), or a plain part of a name.',
      input: {
        type: 'object',
        properties: {
          ...walked,
          pattern: { type: 'string', description: 'A glob, or a part of a name in any case' },
          maxResults: results,
        },
        required: ['path', 'pattern'],
      },
      output: namesSchema,
      annotations,
    },
    ({ path, excludePatterns, ...options }, { signal, progress }) =>
      files.use(path, {}, async (located) => {
        const exclude = excludes(excludePatterns)
        const onProgress = (count: number): void =>
          progress(count, undefined, `${count} entries looked at`)
        const found = await searchNames(files, located, { ...options, exclude, signal, onProgress })
        return bothWays(showNames(found), found)
      }),
  )

  server.tool(
    'search_content',
    {
      title: 'Find text in files',
      description:
        'Finds lines that hold a text, in a file or in all text files below a folder. The text is taken as it is: no ' +
        'regular expression.',
      input: {
        type: 'object',
        properties: {
          ...walked,
          query: { type: 'string', description: 'The text to find, within one line' },
          filePattern: {
            type: 'string',
            description: 'A glob for the files to search, such as *.ts',
          },
          caseSensitive: { type: 'boolean', description: 'Default: false' },
          wholeWord: { type: 'boolean', description: 'Default: false' },
          contextLines: {
            type: 'integer',
            minimum: 0,
            maximum: files.limits.maxContextLines,
            description: 'Lines to show before and after each match. Default: 0',
          },
          maxResults: { ...results, description: `Default: ${usualMatches}` },
        },
        required: ['path', 'query'],
      },
      output: matchesSchema,
      annotations,
    },
    ({ path, excludePatterns, maxResults = usualMatches, ...options }, { signal, progress }) =>
      files.use(path, {}, async (located) => {
        const exclude = excludes(excludePatterns)
        const onProgress = (count: number): void => {
          if (count > 0 && count % progressEvery === 0)
            progress(count, undefined, `${count} files searched`)
        }
        const settings = { ...options, maxResults, exclude, signal, onProgress }
        const found = await searchContent(files, located, settings)
        return bothWays(showMatches(found), found)
      }),
  )
}
