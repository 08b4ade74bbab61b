import type { Shape } from './notation.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A member of an object. */
export interface Member {
  readonly optional: boolean
  readonly shape: Shape
}

/** The members of an object after all that it spreads. */
export interface Members {
  readonly named: ReadonlyMap<string, Member>
  /** What every other member is, where the object says so. */
  readonly others: Shape | undefined
}

type ObjectShape = Extract<Shape, { kind: 'object' }>

/**
 * Puts the members of an object together, later ones over earlier ones.
 * @throws TypeError when it spreads what is no object.
 */
export function membersOf(shape: ObjectShape, { types }: Vocabulary): Members {
  const named = new Map<string, Member>()
  let others: Shape | undefined
  const add = ({ parts }: ObjectShape): void => {
    for (const part of parts) {
      if (part.kind === 'member') named.set(part.name, part)
      else if (part.kind === 'without') named.delete(part.name)
      else if (part.kind === 'others') others = part.shape
      else add(objectNamed(types.get(part.name), part.name))
    }
  }
  add(shape)
  return { named, others }
}

function objectNamed(shape: Shape | undefined, name: string): ObjectShape {
  if (shape?.kind !== 'object') throw new TypeError(`...${name} spreads what is no object`)
  return shape
}

/** The shape behind a name, and behind the name that it may be another word for. */
export function follow(shape: Shape, { types }: Vocabulary): Shape {
  let found = shape
  while (found.kind === 'name') {
    const next = types.get(found.name)
    if (next === undefined) return found
    found = next
  }
  return found
}

/** The string that the required member `name` of an object shape must be. */
export function constantOf(shape: Shape, name: string, vocabulary: Vocabulary): string | undefined {
  const object = follow(shape, vocabulary)
  if (object.kind !== 'object') return undefined
  const member = membersOf(object, vocabulary).named.get(name)
  if (member === undefined || member.optional || member.shape.kind !== 'exactly') return undefined
  const { value } = member.shape
  return typeof value === 'string' ? value : undefined
}
