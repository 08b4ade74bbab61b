/** Fields that several tools take, as JSON Schema. */
export const fields = {
  path: {
    type: 'string',
    description: 'Absolute, or relative to the first allowed folder',
  },
  includeHidden: {
    type: 'boolean',
    description: 'Also entries whose name begins with a dot. Default: false',
  },
  includeIgnored: {
    type: 'boolean',
    description: 'Also entries that .gitignore files leave out. Default: false',
  },
  excludePatterns: {
    type: 'array',
    items: { type: 'string' },
    description: 'Names, paths or globs to leave out, such as node_modules or **/*.log',
  },
} as const

/** What kind of entry something is. */
export const kind = { enum: ['file', 'directory', 'symlink', 'other'] } as const

/** A listing. */
export const listingSchema = {
  type: 'object',
  properties: {
    entries: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          kind,
          size: { type: 'integer', description: 'Bytes' },
        },
        required: ['name', 'kind'],
      },
    },
    cut: { type: 'boolean', description: 'Whether the folder has more entries' },
  },
  required: ['entries', 'cut'],
} as const

/** A tree; nodes nest in `children`. */
export const treeSchema = {
  type: 'object',
  properties: {
    tree: { type: 'array', items: { $ref: '#/$defs/node' } },
    entries: { type: 'integer' },
    truncated: { type: 'boolean', description: 'Whether something was left out' },
  },
  required: ['tree', 'entries', 'truncated'],
  $defs: {
    node: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        type: kind,
        children: { type: 'array', items: { $ref: '#/$defs/node' } },
      },
      required: ['name', 'type'],
    },
  },
} as const

/** Entries found by name. */
export const namesSchema = {
  type: 'object',
  properties: {
    matches: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, kind },
        required: ['path', 'kind'],
      },
    },
    truncated: { type: 'boolean' },
  },
  required: ['matches', 'truncated'],
} as const

/** Lines found by content. */
export const matchesSchema = {
  type: 'object',
  properties: {
    matches: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string' },
          line: { type: 'integer' },
          text: { type: 'string' },
          before: { type: 'array', items: { type: 'string' } },
          after: { type: 'array', items: { type: 'string' } },
        },
        required: ['path', 'line', 'text'],
      },
    },
    filesSearched: { type: 'integer' },
    filesSkipped: { type: 'integer' },
    truncated: { type: 'boolean' },
  },
  required: ['matches', 'filesSearched', 'filesSkipped', 'truncated'],
} as const

/** One entry's description. */
export const infoSchema = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    type: kind,
    size: { type: 'integer' },
    created: { type: 'string', format: 'date-time' },
    modified: { type: 'string', format: 'date-time' },
    accessed: { type: 'string', format: 'date-time' },
    permissions: { type: 'string' },
    mimeType: { type: 'string' },
    linksTo: { type: 'string' },
  },
  required: ['path', 'type', 'size', 'created', 'modified', 'accessed', 'permissions'],
} as const

/** The roots. */
export const foldersSchema = {
  type: 'object',
  properties: { folders: { type: 'array', items: { type: 'string' } } },
  required: ['folders'],
} as const
