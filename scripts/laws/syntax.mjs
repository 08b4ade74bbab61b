import { parseSync } from 'rolldown/utils'

const parsed = new Map()

/** The syntax tree, comments and module record of a source. A file that does not parse is an error with its name. */
export function parse(path, text) {
  const known = parsed.get(path)
  if (known?.text === text) return known.result
  const result = parseSync(path, text)
  const [error] = result.errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
  parsed.set(path, { text, result })
  return result
}

/** Calls `see` for every node of a tree, parents first. */
export function walk(node, see, parent) {
  see(node, parent)
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, see, node)
    } else if (isNode(value)) walk(value, see, node)
  }
}

/**
 * What a module imports, statically or later: `{ specifier, offset, typeOnly }`. What is imported for types alone is gone
 * when the code runs.
 */
export function importsOf(path, text) {
  const { program, module } = parse(path, text)
  const found = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    offset: moduleRequest.start,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }))
  walk(program, (node) => {
    const source = laterSource(node)
    if (source !== undefined) {
      found.push({ specifier: source.value, offset: source.start, typeOnly: isForTypes(node) })
    }
  })
  return found
}

// `export … from`, `import('x')` and `import('x').Type`.
function laterSource(node) {
  const source = {
    ExportNamedDeclaration: node.source,
    ExportAllDeclaration: node.source,
    ImportExpression: node.source,
    TSImportType: node.source ?? node.argument,
  }[node.type]
  return source?.type === 'Literal' && typeof source.value === 'string' ? source : undefined
}

function isForTypes(node) {
  if (node.type === 'TSImportType' || node.exportKind === 'type') return true
  const named = node.type === 'ExportNamedDeclaration' ? node.specifiers : []
  return named.length > 0 && named.every(({ exportKind }) => exportKind === 'type')
}

/** The name of a member access with a name known from the text (`a.b`, `a?.b`, `a['b']`); undefined otherwise. */
export function memberName(node) {
  const inner = unwrap(node)
  if (inner?.type !== 'MemberExpression') return undefined
  if (!inner.computed) return inner.property.name
  return inner.property.type === 'Literal' ? inner.property.value : undefined
}

/** An expression without what only the type checker and the parser see: parentheses, `as`, `!`, `?.`. */
export function unwrap(node) {
  const wrappers = [
    'ChainExpression',
    'ParenthesizedExpression',
    'TSAsExpression',
    'TSNonNullExpression',
    'TSSatisfiesExpression',
  ]
  return wrappers.includes(node?.type) ? unwrap(node.expression) : node
}

function isNode(value) {
  return typeof value === 'object' && value !== null && typeof value.type === 'string'
}
