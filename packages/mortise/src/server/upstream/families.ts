import type { Params } from '../../model/types.ts'
import { compileUriTemplate } from '../../model/uri-template.ts'
import type { UriTemplate } from '../../model/uri-template.ts'

/** Templates of one list, by their item. One that cannot be matched has no members that are known of. */
const compiled = new WeakMap<Params, UriTemplate | false>()

/** The template of which `uri` is a member. */
export function findCompiled(items: ReadonlyMap<string, Params>, uri: string): Params | undefined {
  for (const [text, item] of items) {
    let template = compiled.get(item)
    if (template === undefined) {
      template = compile(text)
      compiled.set(item, template)
    }
    if (template !== false && template.match(uri) !== undefined) return item
  }
  return undefined
}

function compile(text: string): UriTemplate | false {
  try {
    return compileUriTemplate(text)
  } catch {
    return false // a TypeError: another server may write what this library does not match
  }
}
