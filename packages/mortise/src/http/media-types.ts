/** Whether a `Content-Type` is JSON in UTF-8: parameters other than another charset are allowed. */
export function isJsonType(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true
  if (contentType === undefined) return false
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  if (type.trim() !== 'application/json') return false
  return parameters.every((parameter) => {
    const [name = '', value = ''] = parameter.split('=')
    return name.trim() !== 'charset' || /^\s*"?utf-?8"?\s*$/.test(value)
  })
}

/** The type of a `Content-Type`, lower case and without its parameters (RFC 9110 §8.3.1). */
export function mediaType(contentType: string | undefined): string | undefined {
  if (contentType === 'application/json' || contentType === 'text/event-stream') return contentType
  return contentType?.split(';', 1)[0]?.trim().toLowerCase()
}

/** Whether an `Accept` header lets `type` (`application/json`) be the answer. An absent header accepts everything. */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined || accept.includes(type)) return true
  const [main = ''] = type.split('/')
  return accept.includes('*/*') || accept.includes(`${main}/*`)
}
