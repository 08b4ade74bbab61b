import { describe, expect, test } from 'vitest'
import { accepts, isJsonType } from './media-types.ts'

describe('a content type is JSON', () => {
  test.for([
    ['application/json', true],
    ['Application/JSON', true],
    ['application/json; charset=utf-8', true],
    ['application/json;charset="UTF-8"', true],
    ['application/json; charset=utf8', true],
    ['application/json; profile=x', true],
    ['application/json; charset=latin1', false],
    ['application/json; charset=utf-16', false],
    ['application/jsonx', false],
    ['application/json-seq', false],
    ['text/plain', false],
    ['text/plain; application/json', false],
    ['multipart/form-data', false],
    ['', false],
    [undefined, false],
  ] as const)('%j: %s', ([contentType, is]) => {
    expect(isJsonType(contentType)).toBe(is)
  })
})

describe('an answer of JSON is accepted', () => {
  test.for([
    ['application/json', true],
    ['application/json, text/event-stream', true],
    ['text/event-stream,application/json;q=0.9', true],
    ['*/*', true],
    ['application/*', true],
    [undefined, true],
    ['text/event-stream', false],
    ['text/*', false],
    ['', false],
  ] as const)('%j: %s', ([accept, is]) => {
    expect(accepts(accept, 'application/json')).toBe(is)
  })
})
