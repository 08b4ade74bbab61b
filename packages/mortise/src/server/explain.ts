import { suggest } from '../std/suggest.ts'

/** One reason why a value was refused, in the words of whoever refused it. */
export interface Fault {
  readonly path: readonly unknown[]
  readonly message: string
}

type Members = Readonly<Record<string, unknown>>

/** A value, and what its JSON Schema says of it. */
interface Place {
  readonly schema: Members
  readonly value: unknown
}

const maxFaults = 20
const maxMembers = 50

/**
 * Faults as one line each, with what was probably meant: a member or a value of an enumeration that is spelled nearly like
 * one of the schema. For the model, which then does it right.
 */
export function explain(faults: readonly Fault[], whole: Place): string {
  const lines = faults.slice(0, maxFaults).map((fault) => faultLine(fault, whole))
  if (faults.length > maxFaults) lines.push(`… and ${faults.length - maxFaults} more`)
  const places = new Map<string, readonly unknown[]>()
  for (const { path } of faults.slice(0, maxFaults)) {
    for (const near of [path.slice(0, -1), path]) places.set(pointer(near), near)
  }
  const said = lines.join('\n')
  for (const [at, path] of places) {
    for (const [name, meant] of misspelled(descend(whole, path))) {
      const line = unknownMember(name, meant)
      if (!said.includes(line)) lines.push(`${at}: ${line}`)
    }
  }
  return lines.join('\n')
}

/** What is said of a member that is not known; `meant` is one that is. */
export function unknownMember(name: string, meant: string | undefined): string {
  const hint = meant === undefined ? '' : ` — did you mean ${JSON.stringify(meant)}?`
  return `unknown property ${JSON.stringify(name.slice(0, 60))}${hint}`
}

/** The declared member that `name` is probably a misspelling of: none that is given already. */
export function meantMember(name: string, { schema, value }: Place): string | undefined {
  const free = Object.keys(readObject(schema['properties'])).filter(
    (known) => !Object.hasOwn(readObject(value), known),
  )
  return suggest(name, free)
}

function faultLine({ path, message }: Fault, whole: Place): string {
  const line = `${pointer(path)}: ${message}`
  const place = descend(whole, path)
  if (typeof place?.value !== 'string' || message.includes('did you mean')) return line
  const near = suggest(place.value, choices(place.schema))
  return near === undefined ? line : `${line} — did you mean ${JSON.stringify(near)}?`
}

function misspelled(place: Place | undefined): readonly (readonly [string, string])[] {
  if (place === undefined || Array.isArray(place.value)) return []
  const known = readObject(place.schema['properties'])
  const unknown = Object.keys(readObject(place.value))
    .slice(0, maxMembers)
    .filter((name) => !Object.hasOwn(known, name))
  return unknown.flatMap((name) => {
    const meant = meantMember(name, place)
    return meant === undefined ? [] : [[name, meant] as const]
  })
}

/** The texts that a schema lets a value be; libraries differ in how they say it. */
function choices(schema: Members): readonly string[] {
  const { enum: values, const: only, anyOf, oneOf } = schema
  const branches = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []))
  const all: unknown[] = [
    ...(Array.isArray(values) ? values : []),
    only,
    ...branches.flatMap((branch) => choices(readObject(branch))),
  ]
  return all.filter((value) => typeof value === 'string')
}

function descend(whole: Place, path: readonly unknown[]): Place | undefined {
  let place: Place | undefined = whole
  for (const key of path) {
    if (place === undefined) return undefined
    place = memberOf(place, String(key))
  }
  return place
}

function memberOf({ schema, value }: Place, key: string): Place | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  const { properties, items } = schema
  const own = Array.isArray(value) ? items : readOwn(readObject(properties), key)
  return { schema: readObject(own), value: (value as Members)[key] }
}

function readOwn(members: Members, key: string): unknown {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function pointer(path: readonly unknown[]): string {
  return `/${path.map(String).join('/')}`
}

function readObject(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}
