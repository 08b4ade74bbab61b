const ROW = /^\| ([A-Z]+\d*-\d+) \|(.*)\|$/gm

/** The requirements of a page, in its order: `{ id, section, binds, level, revisions, text }`. */
export function readRequirements(markdown) {
  return [...markdown.matchAll(ROW)].map(([, id, rest]) => {
    const [binds, level, revisions, ...text] = rest.split('|').map((cell) => cell.trim())
    return { id, section: sectionOf(id), binds, level, revisions, text: text.join('|') }
  })
}

/** A list of ids with a reason each, as `excluded.md` has it: `{ id, reason, group }`, the group being its heading. */
export function readReasons(markdown) {
  return markdown.split(/^## /m).flatMap((part) => {
    const [group] = part.split('\n')
    return [...part.matchAll(ROW)].map(([, id, reason]) => ({ id, reason: reason.trim(), group }))
  })
}

/** A list without the rows of `ids`. */
export function withoutRows(markdown, ids) {
  const lines = markdown.split('\n')
  return lines.filter((line) => !ids.has(/^\| ([A-Z]+\d*-\d+) \|/.exec(line)?.[1])).join('\n')
}

/** `HTTP26` of `HTTP26-12`. */
export function sectionOf(id) {
  return id.slice(0, id.lastIndexOf('-'))
}
