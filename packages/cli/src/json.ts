const unseen = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** A value as one JSON document; what a terminal would obey or hide is escaped, which changes no value. */
export function jsonDocument(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2) ?? 'null'
  return `${text.replace(unseen, escaped)}\n`
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
