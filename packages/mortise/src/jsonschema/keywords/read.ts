import type { SchemaNode } from '../run.ts'
import type { Site } from '../site.ts'
import { isArray, isObject } from '../value.ts'

// Each reads one keyword's value, checks its shape, and answers undefined where the keyword is absent.

export function readCount(site: Site, keyword: string): number | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw site.invalid(keyword, 'a non-negative integer')
  }
  return value
}

export function readNumber(site: Site, keyword: string): number | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || Number.isNaN(value)) throw site.invalid(keyword, 'a number')
  return value
}

export function readNames(site: Site, keyword: string): readonly string[] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  return toNames(site, keyword, value)
}

export function toNames(site: Site, keyword: string, value: unknown): readonly string[] {
  if (!isArray(value)) throw site.invalid(keyword, 'an array of strings')
  return value.map((name) => {
    if (typeof name !== 'string') throw site.invalid(keyword, 'an array of strings')
    return name
  })
}

export function readChild(site: Site, keyword: string): SchemaNode | undefined {
  const value = site.schema[keyword]
  return value === undefined ? undefined : site.child(value, keyword)
}

export function readChildren(site: Site, keyword: string): readonly SchemaNode[] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (!isArray(value) || value.length === 0) {
    throw site.invalid(keyword, 'a non-empty array of schemas')
  }
  return value.map((child, index) => site.child(child, keyword, index))
}

export function readRecord(site: Site, keyword: string): readonly [string, unknown][] | undefined {
  const value = site.schema[keyword]
  if (value === undefined) return undefined
  if (!isObject(value)) throw site.invalid(keyword, 'an object')
  return Object.entries(value).filter(([, member]) => member !== undefined)
}
