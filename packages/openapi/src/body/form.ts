import { percent, percentReserved } from '../parameters/percent.ts'
import { styleInQuery } from '../parameters/style.ts'
import type { Pair } from '../parameters/style.ts'
import type { JsonObject } from '../record.ts'
import type { Field, Fields } from './fields.ts'

/**
 * An object as `application/x-www-form-urlencoded` (OpenAPI 3.1, "Encoding the x-www-form-urlencoded Media Type"): lists
 * repeat their name and objects are JSON, unless the document names a style.
 */
export function encodeForm(value: JsonObject, fields: Fields): string {
  return Object.entries(value)
    .filter(([, member]) => member !== null && member !== undefined)
    .flatMap(([name, member]) => encodeField(name, member, fields.get(name)))
    .map(([name, text]) => `${name}=${text}`)
    .join('&')
}

function encodeField(name: string, value: unknown, field: Field | undefined): readonly Pair[] {
  const style = field?.style
  if (style !== undefined) {
    const encode = style.allowReserved ? percentReserved : percent
    // The table of styles has only these four for a form.
    const named = style.style as 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject'
    return styleInQuery(named, { name, value, explode: style.explode, encode })
  }
  const items = Array.isArray(value) ? value : [value]
  return items.map((item) => [
    percent(name),
    percent(typeof item === 'string' ? item : JSON.stringify(item)),
  ])
}
