/** Everything but letters, digits and `-._~` as percent-encoded UTF-8. @throws URIError for half of a surrogate pair. */
export function percent(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, percentOne)
}

/**
 * The same, but reserved characters and what is percent-encoded already stay (RFC 6570 §3.2.3): for `allowReserved`. What
 * would end the value, or has a meaning of its own in a query, is encoded all the same, so that no value becomes two.
 */
export function percentReserved(text: string): string {
  return encodeURI(text)
    .replaceAll(/%25(?=[0-9A-Fa-f]{2})/g, '%')
    .replaceAll(/[#[\]&+]/g, percentOne)
}

function percentOne(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
