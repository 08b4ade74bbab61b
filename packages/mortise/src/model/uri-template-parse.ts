import type { Part } from './uri-template-parts.ts'

/** A template, taken apart. */
export interface ParsedTemplate {
  /** In the order in which they stand. */
  readonly variables: readonly string[]
  /** All up to the query expression; the whole template where there is none. */
  readonly parts: readonly Part[]
  /** The query expression, if there is one. */
  readonly query: QueryPart | undefined
  /** What follows the query expression: nothing, or a fragment that starts with `#`. */
  readonly fragment: readonly Part[]
}

/** Variables that are written `name=value`, each of which may be left out. */
export interface QueryPart {
  /** What stands before the first of them. */
  readonly lead: '?' | '&'
  readonly names: readonly string[]
}

/** Longest template, in UTF-16 code units. */
export const maxTemplateLength: number = 8 * 1024

/** Most variables of one template. */
export const maxTemplateVariables: number = 64

interface Operator {
  /** Before the first variable, and between variables. */
  readonly lead: string
  readonly separator: string
  readonly keepsReserved: boolean
}

/** RFC 6570 §3.2, but for path-style parameters (`;`), which MCP servers do not use. */
const operators: Readonly<Record<string, Operator>> = {
  '': { lead: '', separator: ',', keepsReserved: false },
  '+': { lead: '', separator: ',', keepsReserved: true },
  '#': { lead: '#', separator: ',', keepsReserved: true },
  '.': { lead: '.', separator: '.', keepsReserved: false },
  '/': { lead: '/', separator: '/', keepsReserved: false },
}

interface Draft {
  readonly template: string
  readonly variables: string[]
  readonly parts: Part[]
  readonly fragment: Part[]
  readonly queryNames: string[]
  queryLead: '?' | '&' | undefined
}

/**
 * Takes a template apart.
 * @throws TypeError when it is none, is too long, names a variable twice, or uses what `compileUriTemplate` leaves out.
 */
export function parseUriTemplate(template: string): ParsedTemplate {
  const draft: Draft = {
    template,
    variables: [],
    parts: [],
    fragment: [],
    queryNames: [],
    queryLead: undefined,
  }
  if (template.length > maxTemplateLength) {
    throw refusal(draft, `is longer than ${maxTemplateLength} characters`)
  }
  let at = 0
  while (at < template.length) {
    const open = template.indexOf('{', at)
    const literal = open === -1 ? template.slice(at) : template.slice(at, open)
    if (literal.includes('}')) throw refusal(draft, 'closes a brace that is not open')
    if (literal !== '') addLiteral(draft, literal)
    if (open === -1) break
    const close = template.indexOf('}', open)
    if (close === -1) throw refusal(draft, 'opens a brace that it does not close')
    addExpression(draft, template.slice(open + 1, close))
    at = close + 1
  }
  const { variables, parts, fragment, queryNames, queryLead } = draft
  const query = queryLead && { lead: queryLead, names: queryNames }
  return { variables, parts, query, fragment }
}

function addLiteral(draft: Draft, text: string): void {
  if (draft.queryLead !== undefined && draft.fragment.length === 0) {
    throw refusal(draft, 'has text after a query expression')
  }
  const parts = draft.queryLead === undefined ? draft.parts : draft.fragment
  const last = parts.at(-1)
  if (last?.kind !== 'literal') parts.push({ kind: 'literal', text })
  else parts.splice(-1, 1, { kind: 'literal', text: last.text + text })
}

function addExpression(draft: Draft, expression: string): void {
  const sign = /^[A-Za-z0-9_%]/.test(expression) ? '' : expression.slice(0, 1)
  const names = expression.slice(sign.length).split(',')
  for (const name of names) addVariable(draft, name)
  if (sign === '?' || sign === '&') return addQuery(draft, sign, names)
  const operator = Object.hasOwn(operators, sign) ? operators[sign] : undefined
  if (operator === undefined) throw refusal(draft, `has an unsupported operator: {${sign}…}`)
  if (draft.queryLead !== undefined && sign !== '#' && draft.fragment.length === 0) {
    throw refusal(draft, 'has an expression other than {&…} or {#…} after a query expression')
  }
  for (const [index, name] of names.entries()) {
    const text = index === 0 ? operator.lead : operator.separator
    if (sign === '#' && index === 0) startFragment(draft)
    else if (text !== '') addLiteral(draft, text)
    addVariablePart(draft, name, operator)
  }
}

function startFragment(draft: Draft): void {
  if (draft.queryLead === undefined) addLiteral(draft, '#')
  else draft.fragment.push({ kind: 'literal', text: '#' })
}

function addVariablePart(draft: Draft, name: string, { keepsReserved }: Operator): void {
  const parts = draft.queryLead === undefined ? draft.parts : draft.fragment
  const isInQuery = parts.some((part) => part.kind === 'literal' && part.text.includes('?'))
  const stops = keepsReserved ? '' : isInQuery ? '/?#&' : '/?#'
  parts.push({ kind: 'variable', name, stops, keepsReserved })
}

function addQuery(draft: Draft, lead: '?' | '&', names: readonly string[]): void {
  if (draft.fragment.length > 0) throw refusal(draft, 'has a query expression after its fragment')
  if (draft.queryLead !== undefined && lead === '?') throw refusal(draft, 'has {?…} twice')
  draft.queryLead ??= lead
  draft.queryNames.push(...names)
}

function addVariable(draft: Draft, name: string): void {
  if (name.includes('*') || name.includes(':')) {
    throw refusal(draft, `uses a modifier of level 4, which is unsupported: ${name.slice(0, 40)}`)
  }
  // A hyphen is beyond RFC 6570 §2.3, but common in the templates of MCP servers.
  if (!/^[A-Za-z0-9_.%-]+$/.test(name)) throw refusal(draft, 'has a variable without a proper name')
  if (draft.variables.includes(name)) throw refusal(draft, `has the variable ${name} twice`)
  if (draft.variables.length === maxTemplateVariables) {
    throw refusal(draft, `has more than ${maxTemplateVariables} variables`)
  }
  draft.variables.push(name)
}

function refusal({ template }: Draft, reason: string): TypeError {
  const shown = template.length > 80 ? `${template.slice(0, 80)}…` : template
  return new TypeError(`the URI template ${JSON.stringify(shown)} ${reason}`)
}
