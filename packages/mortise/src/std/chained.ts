/** `next` of a value: at once, or when it is there. What needs no promise gets none. */
export function chained<T, R>(
  value: T | Promise<T>,
  next: (value: T) => R | Promise<R>,
): R | Promise<R> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- that is what it is for
  return value instanceof Promise ? value.then(next) : next(value)
}
