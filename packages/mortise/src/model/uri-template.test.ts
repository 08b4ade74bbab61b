import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxTemplateLength, maxTemplateVariables } from './uri-template-parse.ts'
import { compileUriTemplate, maxUriLength } from './uri-template.ts'

const match = (template: string, uri: string) => compileUriTemplate(template).match(uri)

describe('expansion as in RFC 6570 §3.2', () => {
  const values = {
    var: 'value',
    hello: 'Hello World!',
    half: '50%',
    base: 'http://example.com/home/',
    path: '/foo/bar',
    x: '1024',
    y: '768',
    empty: '',
    who: 'fred',
    v: '6',
    triplet: 'a%2Fb%zz',
  }
  test.each([
    ['plain', 'plain'],
    ['{var}', 'value'],
    ['{hello}', 'Hello%20World%21'],
    ['{half}', '50%25'],
    ['O{x}X', 'O1024X'],
    ['{x,y}', '1024,768'],
    ['{x,hello,y}', '1024,Hello%20World%21,768'],
    ['{+hello}', 'Hello%20World!'],
    ['{+half}', '50%25'],
    ['{base}index', 'http%3A%2F%2Fexample.com%2Fhome%2Findex'],
    ['{+base}index', 'http://example.com/home/index'],
    ['here?ref={+path}', 'here?ref=/foo/bar'],
    ['{+path,x}/here', '/foo/bar,1024/here'],
    ['{+triplet}', 'a%2Fb%25zz'],
    ['{#path,x}/here', '#/foo/bar,1024/here'],
    ['X{.x,y}', 'X.1024.768'],
    ['{/who,var}', '/fred/value'],
    ['{/var,x}/here', '/value/1024/here'],
    ['{?x,y}', '?x=1024&y=768'],
    ['{?x,y,empty}', '?x=1024&y=768&empty='],
    ['{?x,undef}', '?x=1024'],
    ['{?undef}', ''],
    ['?fixed=yes{&x}', '?fixed=yes&x=1024'],
    ['{&var,empty}', '&var=value&empty='],
    ['a{?x}{&y}{#who}', 'a?x=1024&y=768#fred'],
  ])('%s', (template, uri) => {
    expect(compileUriTemplate(template).expand(values)).toBe(uri)
  })

  test.each([
    ['a missing value', 'a/{b}', {}],
    ['an empty value', 'a/{b}', { b: '' }],
    ['a missing fragment', 'a{#b}', {}],
    ['an inherited value', 'a/{toString}', {}],
    ['half of a surrogate pair', 'a/{b}', { b: '\ud83d' }],
    ['half of a surrogate pair in a query', 'a{?b}', { b: '\ude00' }],
  ])('%s is wrong', (_name, template, values) => {
    expect(() => compileUriTemplate(template).expand(values)).toThrow(TypeError)
  })
})

describe('matching', () => {
  test.each<[string, string, Record<string, string> | undefined]>([
    ['file:///a', 'file:///a', {}],
    ['file:///a', 'file:///ab', undefined],
    ['file:///a', 'file:///', undefined],
    ['', '', {}],
    ['', 'a', undefined],
    ['note://{id}', 'note://7', { id: '7' }],
    ['note://{id}', 'note://', undefined],
    ['note://{id}', 'note://a/b', undefined],
    ['note://{id}', 'note://a?b', undefined],
    ['note://{id}', 'note://a#b', undefined],
    ['note://{id}', 'note://a:b@c', { id: 'a:b@c' }],
    ['note://{id}', 'NOTE://7', undefined],
    ['note://{id}', 'note://a%2Fb%C3%A9', { id: 'a/bé' }],
    ['note://{id}', 'note://é', { id: 'é' }],
    ['note://{id}', 'note://%', undefined],
    ['note://{id}', 'note://%2', undefined],
    ['note://{id}', 'note://%zz', undefined],
    ['note://{id}', 'note://%C3', undefined],
    ['note://{id}', 'note://%ED%A0%80', undefined],
    ['u/{id}/p', 'u/7/p', { id: '7' }],
    ['u/{id}/p', 'u//p', undefined],
    ['u/{id}/p', 'u/7/p/', undefined],
    ['file:///{+path}', 'file:///a/b?c#d', { path: 'a/b?c#d' }],
    ['{+path}/edit', 'a/edit/edit', { path: 'a/edit' }],
    ['{+path}/{name}', 'x/y/z', { path: 'x/y', name: 'z' }],
    ['{name}.{ext}', 'a.b.c', { name: 'a.b', ext: 'c' }],
    ['{a}{b}', 'xyz', { a: 'xy', b: 'z' }],
    ['{a}{b}', 'x', undefined],
    ['{a}{b}', 'x%2F', { a: 'x', b: '/' }],
    ['{a}2{b}', 'a2b%20', { a: 'a', b: 'b ' }],
    ['{x,y}', '1,2', { x: '1', y: '2' }],
    ['a{.x,y}', 'a.1.2', { x: '1', y: '2' }],
    ['a{/x,y}', 'a/1/2', { x: '1', y: '2' }],
    ['a{/x,y}', 'a/1', undefined],
    ['a{#x}', 'a#b/c', { x: 'b/c' }],
    ['a{#x}', 'a', undefined],
    ['find?q={q}', 'find?q=a', { q: 'a' }],
    ['find?q={q}', 'find?q=a&r=b', undefined],
    ['find?q={q}&r={r}', 'find?q=a&r=b', { q: 'a', r: 'b' }],
  ])('%s fits %s', (template, uri, values) => {
    expect(match(template, uri)).toEqual(values)
  })

  test.each<[string, string, Record<string, string> | undefined]>([
    ['a{?q,r}', 'a?q=1&r=2', { q: '1', r: '2' }],
    ['a{?q,r}', 'a?r=2&q=1', { q: '1', r: '2' }],
    ['a{?q,r}', 'a?r=2', { r: '2' }],
    ['a{?q,r}', 'a', {}],
    ['a{?q,r}', 'a?q=', { q: '' }],
    ['a{?q,r}', 'a?q', { q: '' }],
    ['a{?q,r}', 'a?q=1=2/?', { q: '1=2/?' }],
    ['a{?q,r}', 'a?q=%26', { q: '&' }],
    ['a{?q,r}', 'a?', undefined],
    ['a{?q,r}', 'a?q=1&', undefined],
    ['a{?q,r}', 'a?q=1&q=2', undefined],
    ['a{?q,r}', 'a?s=1', undefined],
    ['a{?q,r}', 'a?Q=1', undefined],
    ['a{?q,r}', 'a?q=%', undefined],
    ['{+p}{?q}', 'a/b?q=1', { p: 'a/b', q: '1' }],
    ['a?v=1{&q,r}', 'a?v=1&r=2&q=1', { q: '1', r: '2' }],
    ['a?v=1{&q}', 'a?v=1', {}],
    ['a?v=1{&q}', 'a?v=1&q=1&q=2', undefined],
    ['a?v=1{&q}', 'a?v=1&s=1', undefined],
    ['a{&q}', '&q=1', undefined],
    ['{&q}', '&q=1', { q: '1' }],
    ['a{?q}{&r}{#s}', 'a?r=2&q=1#x#y', { q: '1', r: '2', s: 'x#y' }],
    ['a{?q}{#s}', 'a?q=1', undefined],
  ])('in a query, %s fits %s', (template, uri, values) => {
    expect(match(template, uri)).toEqual(values)
  })

  test('a variable called __proto__ is an own property', () => {
    const values = match('a/{__proto__}', 'a/b')
    expect(Object.entries(values ?? {})).toEqual([['__proto__', 'b']])
  })
})

describe('values come back as they were', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 })
  // `%` may begin a percent-encoded byte, which is kept as such.
  const reserved = text.filter((value) => !value.includes('%'))
  test.each([
    ['note://{a}', ['a'], []],
    ['x/{a}/y/{b}', ['a', 'b'], []],
    ['{a,b}', ['a', 'b'], []],
    ['x{/a,b}{?c,d}', ['a', 'b', 'c', 'd'], []],
    ['x?y=z{&a,b}', ['a', 'b'], []],
    ['file:///{+p}', [], ['p']],
    ['x/{a}{#p}', ['a'], ['p']],
    ['x/{a}{?b}{#p}', ['a', 'b'], ['p']],
  ])('%s', (template, simple, keeping) => {
    const compiled = compileUriTemplate(template)
    const record = fc.record({
      ...Object.fromEntries(simple.map((name) => [name, text])),
      ...Object.fromEntries(keeping.map((name) => [name, reserved])),
    })
    fc.assert(
      fc.property(record, (values) => {
        expect(compiled.match(compiled.expand(values))).toEqual(values)
      }),
    )
  })

  test('what fits a template expands to a URI that fits with the same values', () => {
    const piece = fc.constantFrom('{a}', '{+b}', '-', '/', 'x', '{c}', '{.d}')
    const template = fc
      .uniqueArray(piece, { selector: (item) => item })
      .map((list) => list.join(''))
    fc.assert(
      fc.property(template, fc.stringMatching(/^[ab/x.-]{0,12}$/), (template, uri) => {
        const compiled = compileUriTemplate(template)
        const values = compiled.match(uri)
        if (values !== undefined) expect(compiled.expand(values)).toBe(uri)
      }),
    )
  })
})

describe('templates that do not compile', () => {
  test.each([
    ['{', 'opens a brace that it does not close'],
    ['a}', 'closes a brace that is not open'],
    ['{a{b}}', 'has a variable without a proper name'],
    ['{}', 'has a variable without a proper name'],
    ['{a,}', 'has a variable without a proper name'],
    ['{a b}', 'has a variable without a proper name'],
    ['{?}', 'has a variable without a proper name'],
    ['{a*}', 'uses a modifier of level 4, which is unsupported: a*'],
    ['{a:3}', 'uses a modifier of level 4, which is unsupported: a:3'],
    ['{;a}', 'has an unsupported operator: {;…}'],
    ['{|a}', 'has an unsupported operator: {|…}'],
    ['{a}/{a}', 'has the variable a twice'],
    ['{?a}b', 'has text after a query expression'],
    ['{?a}{b}', 'has an expression other than {&…} or {#…} after a query expression'],
    ['{?a}{?b}', 'has {?…} twice'],
    ['{?a}{#b}{&c}', 'has a query expression after its fragment'],
  ])('%s', (template, reason) => {
    expect(() => compileUriTemplate(template)).toThrow(
      new TypeError(`the URI template ${JSON.stringify(template)} ${reason}`),
    )
  })

  test('the longest template compiles, one character more does not', () => {
    expect(() => compileUriTemplate('x'.repeat(maxTemplateLength))).not.toThrow()
    expect(() => compileUriTemplate('x'.repeat(maxTemplateLength + 1))).toThrow(TypeError)
  })

  test('the most variables compile, one more does not', () => {
    const names = Array.from({ length: maxTemplateVariables }, (_, index) => `v${index}`)
    expect(compileUriTemplate(`{${names.join()}}`).variables).toEqual(names)
    expect(() => compileUriTemplate(`{${names.join()},one}`)).toThrow(TypeError)
  })
})

describe('time', () => {
  test('a URI of the greatest length is matched, one character more is not', () => {
    expect(match('{+a}', 'x'.repeat(maxUriLength))).toBeDefined()
    expect(match('{+a}', 'x'.repeat(maxUriLength + 1))).toBeUndefined()
  })

  const many = (separator: string) =>
    Array.from({ length: 64 }, (_, index) => `{+v${index}}`).join(separator)
  test.each([
    ['variables without text between', many('')],
    ['variables with the same text between', `${many('a')}b`],
    ['long text that nearly fits', `{+v}${'a'.repeat(4000)}b`],
    ['a query', '{?a}'],
    ['the end of a query', 'x{&a}'],
  ])('%s cannot make it slow', (_name, template) => {
    const compiled = compileUriTemplate(template)
    for (const character of ['a', '&', '%', '?']) {
      const uri = character.repeat(maxUriLength)
      const started = performance.now()
      compiled.match(uri)
      expect(performance.now() - started).toBeLessThan(500)
    }
  })
})
