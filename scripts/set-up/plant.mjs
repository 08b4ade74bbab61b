/**
 * A source with a fault planted in it: `from`, which must be there exactly once, becomes `to`. `file` is the source's path
 * below `packages/mortise/src`, for the error.
 */
export function plant(code, { file, from, to }) {
  const [before, after, ...more] = code.split(from)
  if (after === undefined) throw new Error(`src/${file} does not hold this any more:\n${from}`)
  if (more.length > 0) throw new Error(`src/${file} holds this more than once:\n${from}`)
  return `${before}${to}${after}`
}
