import { shownFlaw } from '../model/shown-flaw.ts'
import { checkNames } from '../std/option-names.ts'
import type { Names } from '../std/option-names.ts'
import { emptiedFlaw } from './returned.ts'
import type {
  PromptArgumentDefinition,
  PromptDefinition,
  ResourceDefinition,
  TemplateDefinition,
  ToolDefinition,
} from './types.ts'

const shown = {
  title: true,
  description: true,
  icons: true,
  visible: true,
  scopes: true,
  _meta: true,
} as const

const toolNames: Names<ToolDefinition> = {
  ...shown,
  annotations: true,
  input: true,
  output: true,
}

const resourceNames: Names<ResourceDefinition> = {
  ...shown,
  name: true,
  mimeType: true,
  size: true,
  annotations: true,
  cache: true,
  watch: true,
}

const { size: _oneResource, ...familyNames } = resourceNames
const templateNames: Names<TemplateDefinition> = { ...familyNames, list: true, complete: true }

const promptNames: Names<PromptDefinition> = { ...shown, arguments: true }

const argumentNames: Names<PromptArgumentDefinition> = {
  title: true,
  description: true,
  required: true,
  complete: true,
}

/** What a member is called by those who know it from the wire. */
const renamed = { inputSchema: 'input', outputSchema: 'output' }

/** @throws TypeError when a member has a name that none has, or is null. */
export function checkTool(definition: ToolDefinition): void {
  checkNames('its definition has no member ', definition, toolNames, renamed)
  for (const [name, value] of Object.entries(definition)) {
    if (value === null) throw new TypeError(`${name} must not be null`)
  }
}

/** @throws TypeError when it has no name, or a member has a name that none has. */
export function checkResource(uri: string, definition: ResourceDefinition): void {
  checkNames(`resource "${uri}": its definition has no member `, definition, resourceNames)
  checkNamed(uri, definition)
}

/** @throws TypeError when it has no name, or a member has a name that none has. */
export function checkTemplate(uriTemplate: string, definition: TemplateDefinition): void {
  const what = `resource "${uriTemplate}": its definition has no member `
  checkNames(what, definition, templateNames)
  checkNamed(uriTemplate, definition)
}

/** A resource without a name is left out by clients. */
function checkNamed(uri: string, { name }: { readonly name: unknown }): void {
  if (typeof name !== 'string' || name === '') throw new TypeError(`resource "${uri}" needs a name`)
}

/** @throws TypeError when a member, or one of an argument, has a name that none has. */
export function checkPrompt(name: string, definition: PromptDefinition): void {
  checkNames(`prompt "${name}": its definition has no member `, definition, promptNames)
  for (const [argument, own] of Object.entries(definition.arguments ?? {})) {
    checkNames(`prompt "${name}": its argument ${argument} has no member `, own, argumentNames)
  }
}

/**
 * What cannot be written would make the whole list fail, for everybody; what clients leave out, or refuse to show, is better
 * known to its author.
 * @throws TypeError that says where in `listed` it is.
 */
export function checkListed(what: string, listed: object): void {
  const flaw = shownFlaw(listed) ?? emptiedFlaw(listed)
  if (flaw !== undefined) throw new TypeError(`${what}: ${flaw.pointer} ${flaw.what}`)
  JSON.stringify(listed) // a `toJSON` may throw
}
