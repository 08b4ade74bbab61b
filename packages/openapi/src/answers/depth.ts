/** Whether a value of JSON is nested at most `maxDepth` deep. */
export function isShallow(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (maxDepth === 0) return false
  return Object.values(value).every((member) => isShallow(member, maxDepth - 1))
}
