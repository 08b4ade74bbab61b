import { at, isTest } from '../laws/files.mjs'
import { parse, walk } from '../laws/syntax.mjs'

const ID = /\b[A-Z]+\d*-\d{2,3}\b/g
const FIXTURE = /\/test\/conformance\/.*\.ts$/
// `test`, `describe`, and functions of our own that are named after them: `testLimit`, `describeWays`.
const CASE = /^(?:test|it|describe)(?:[A-Z]|$)/

/**
 * The requirements that tests say they prove: `{ id, path, title, at }`. A test names an id in its title or in a comment
 * directly above it; so does a group of tests. What the official conformance suite runs names it above what the suite calls.
 */
export function readClaims(files) {
  return [...files]
    .filter(([path, text]) => (isTest(path) || FIXTURE.test(path)) && text.search(ID) >= 0)
    .flatMap(([path, text]) => (isTest(path) ? claimsOfTests : claimsOfFixture)(path, text))
}

function claimsOfTests(path, text) {
  const claims = []
  /** The groups and the test around what is looked at. */
  const around = []
  walk(parse(path, text).program, (node) => {
    while (around.length > 0 && around.at(-1).end <= node.start) around.pop()
    // The call `test.each(rows)` begins where `test.each(rows)(title, …)` does, which came first.
    if (!isCase(node) || around.at(-1)?.start === node.start) return
    const title = titleOf(node, text)
    around.push({ start: node.start, end: node.end, title })
    const ids = idsIn(`${title} ${commentsAbove(path, text, node.start)}`)
    const whole = around.map((one) => one.title).join(' › ')
    for (const id of ids) claims.push({ id, path, title: whole, at: at(path, text, node.start) })
  })
  return claims
}

// The title is what follows the comment: the name of the tool, prompt, resource or scenario.
function claimsOfFixture(path, text) {
  return parse(path, text).comments.flatMap((comment) => {
    const [, , title] = /(['"`]?)([\w:/{}-]+)\1(?=[,:])/.exec(text.slice(comment.end)) ?? []
    return idsIn(comment.value).map((id) => ({
      id,
      path,
      title: `conformance fixture ${title}`,
      at: at(path, text, comment.start),
    }))
  })
}

function idsIn(text) {
  return [...new Set(text.match(ID) ?? [])]
}

function isCase(node) {
  return node.type === 'CallExpression' && CASE.test(rootName(node))
}

// `test` of `test.runIf(x).each(rows)(…)`.
function rootName(node) {
  let inner = node
  while (inner !== undefined && inner.type !== 'Identifier') {
    inner = inner.callee ?? inner.object ?? inner.tag
  }
  return inner?.name ?? ''
}

function titleOf({ arguments: [first] }, text) {
  if (first?.type === 'Literal' && typeof first.value === 'string') return first.value
  return first?.type === 'TemplateLiteral' ? text.slice(first.start + 1, first.end - 1) : ''
}

// The comments that end on the line above `start`, and those that end on the line above them.
function commentsAbove(path, text, start) {
  const { comments } = parse(path, text)
  const found = []
  let end = start
  for (const comment of comments.toReversed()) {
    if (comment.end > end || !/^[^\S\n]*\n?[^\S\n]*$/.test(text.slice(comment.end, end))) continue
    found.unshift(comment.value)
    end = comment.start
  }
  return found.join(' ')
}
