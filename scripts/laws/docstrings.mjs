import { at, librarySources } from './files.mjs'
import { parse } from './syntax.mjs'

/** Every symbol that a file of the library exports says what it is. Re-exports say it where they are declared. */
export const docstringLaw = {
  name: 'every export has a docstring',
  check: (files) => librarySources(files).flatMap(([path, , text]) => undocumented(path, text)),
}

function undocumented(path, text) {
  const { program, comments } = parse(path, text)
  const documented = new Set()
  const missing = new Map()
  for (const node of program.body) {
    if (!isDeclaringExport(node)) continue
    for (const name of namesOf(node.declaration)) {
      // Of overloads, the first one speaks for all.
      if (hasDocstring(text, comments, node.start)) documented.add(name)
      else if (!missing.has(name)) missing.set(name, node.start)
    }
  }
  return [...missing]
    .filter(([name]) => !documented.has(name))
    .map(([name, offset]) => `${at(path, text, offset)} ${name} has no docstring`)
}

function isDeclaringExport(node) {
  return (
    (node.type === 'ExportNamedDeclaration' && node.declaration) ||
    node.type === 'ExportDefaultDeclaration'
  )
}

function namesOf(declaration) {
  if (declaration.type !== 'VariableDeclaration') return [declaration.id?.name ?? 'default']
  return declaration.declarations.map(({ id }) => id.name ?? 'destructured')
}

function hasDocstring(text, comments, start) {
  return comments.some(
    (comment) =>
      comment.type === 'Block' &&
      comment.value.startsWith('*') &&
      comment.end <= start &&
      text.slice(comment.end, start).trim() === '',
  )
}
