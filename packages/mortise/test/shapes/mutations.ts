type Fields = Readonly<Record<string, unknown>>

const ofEveryType: readonly unknown[] = [
  null,
  true,
  7,
  0.5,
  -1,
  'mutated',
  [],
  [7],
  {},
  { mutated: 1 },
]
const beyondBounds: readonly unknown[] = [0, 1, 2, 1.5, Number.MAX_SAFE_INTEGER + 1, -(2 ** 60)]

/**
 * Every value that differs from `value` at one point: a member left out, or unknown, or of another type, or another
 * constant of `constants` (by the name of the member), a number beyond its bounds, a list too short or too long.
 */
export function mutationsOf(
  value: unknown,
  constants: ReadonlyMap<string, readonly string[]>,
): readonly unknown[] {
  const mutate = (from: unknown, key: string): readonly unknown[] => {
    const others = ofEveryType.filter((other) => JSON.stringify(other) !== JSON.stringify(from))
    if (typeof from === 'number') return [...others, ...beyondBounds]
    if (typeof from === 'string') return [...others, ...(constants.get(key) ?? [])]
    if (Array.isArray(from)) return [...others, ...inList(from, key)]
    if (typeof from === 'object' && from !== null) return [...others, ...inObject(from as Fields)]
    return others
  }

  const inList = (list: readonly unknown[], key: string): readonly unknown[] => [
    ...list.map((_, index) => list.toSpliced(index, 1)),
    ...list.flatMap((item, index) => mutate(item, key).map((other) => list.with(index, other))),
    Array.from({ length: 101 }, () => list[0] ?? 'text'),
  ]

  const inObject = (object: Fields): readonly unknown[] => [
    { ...object, unknownMember: 7 },
    ...Object.keys(object).flatMap((key) => {
      const { [key]: member, ...rest } = object
      return [rest, ...mutate(member, key).map((other) => ({ ...object, [key]: other }))]
    }),
  ]

  return mutate(value, '')
}

/** The constants that the definitions of a schema name, by the member that holds them. */
export function constantsOf(definitions: unknown): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  const visit = (schema: unknown, key: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'const' || keyword === 'enum') note(key, [value].flat())
      else if (keyword === 'properties') {
        for (const [name, member] of Object.entries(value as Fields)) visit(member, name)
      } else visit(value, key)
    }
  }
  const note = (key: string, values: readonly unknown[]): void => {
    const known = found.get(key) ?? new Set()
    for (const value of values) if (typeof value === 'string') known.add(value)
    found.set(key, known)
  }
  visit(definitions, '')
  return new Map([...found].map(([key, values]) => [key, [...values]]))
}
