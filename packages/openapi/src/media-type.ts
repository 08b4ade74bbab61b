/** The essence of a media type: in lower case, without parameters. */
export function essenceOf(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}

/** Whether a body of this type is JSON. A range that holds JSON counts: documents write a range of everything for what is JSON. */
export function isJson(type: string): boolean {
  const essence = essenceOf(type)
  return /^(?:application|text)\/(?:json|[^/;]+\+json)$/.test(essence) || isRange(essence)
}

function isRange(essence: string): boolean {
  return essence === '*/*' || essence === 'application/*'
}

const textual =
  /^(?:text\/.*|application\/(?:xml|yaml|x-yaml|toml|javascript|graphql|x-ndjson|jsonl|sql|[^/]+\+(?:xml|yaml)))$/

/** Whether a body of this type is text, and no JSON. */
export function isText(type: string): boolean {
  return textual.test(essenceOf(type)) && !isJson(type)
}

/** The `charset` of a media type. Default: UTF-8. */
export function charsetOf(type: string): string {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] ?? 'utf-8'
}
