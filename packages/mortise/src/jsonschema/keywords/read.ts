import type { SchemaNode } from '../run.ts'
import type { Site } from '../site.ts'
import { isArray, isObject } from '../value.ts'

// Each reads one keyword's value, checks its shape, and answers undefined where the keyword is absent.

/** Reads a keyword that must be a count: an integer of at least 0. */
export function readCount(site: Site, keyword: string): number | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw site.invalid(keyword, 'a non-negative integer')
  }
  return value
}

/** Reads a keyword that must be a number. */
export function readNumber(site: Site, keyword: string): number | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || Number.isNaN(value)) throw site.invalid(keyword, 'a number')
  return value
}

/** Reads a keyword that must be an array of strings. */
export function readNames(site: Site, keyword: string): readonly string[] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  return toNames(site, keyword, value)
}

/** The value as an array of strings. */
export function toNames(site: Site, keyword: string, value: unknown): readonly string[] {
  if (!isArray(value)) throw site.invalid(keyword, 'an array of strings')
  return value.map((name) => {
    if (typeof name !== 'string') throw site.invalid(keyword, 'an array of strings')
    return name
  })
}

/** Reads a keyword that must be a schema. */
export function readChild(site: Site, keyword: string): SchemaNode | undefined {
  const value = site.schema[keyword]
  return value === undefined ? undefined : site.child(value, keyword)
}

/** Reads a keyword that must be a non-empty array of schemas. */
export function readChildren(site: Site, keyword: string): readonly SchemaNode[] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (!isArray(value) || value.length === 0) {
    throw site.invalid(keyword, 'a non-empty array of schemas')
  }
  return value.map((child, index) => site.child(child, keyword, index))
}

/** Reads a keyword that must be an object. */
export function readRecord(site: Site, keyword: string): readonly [string, unknown][] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (!isObject(value)) throw site.invalid(keyword, 'an object')
  return Object.entries(value).filter(([, member]) => member !== undefined)
}
