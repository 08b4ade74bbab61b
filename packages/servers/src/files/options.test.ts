import { describe, expect, test } from 'vitest'
import { filesFromArguments } from './options.ts'

const place = { cwd: '/srv/project', home: '/srv/people/ada' }

describe('the arguments of the command', () => {
  test('name folders, against the current one, and what is allowed', () => {
    expect(filesFromArguments(['docs', '/data', '--write'], place)).toEqual({
      roots: ['/srv/project/docs', '/data'],
      write: true,
      hidden: false,
    })
    expect(filesFromArguments(['--hidden', '--', '--odd'], place)).toEqual({
      roots: ['/srv/project/--odd'],
      write: false,
      hidden: true,
    })
  })

  test('may be missing: then the current folder is shown', () => {
    expect(filesFromArguments([], place).roots).toEqual(['/srv/project'])
  })

  test.each(['/srv/people/ada', '/'])('must name a folder in %s', (cwd) => {
    expect(() => filesFromArguments(['--write'], { ...place, cwd })).toThrow(/name the folders/)
    expect(filesFromArguments(['.'], { ...place, cwd }).roots).toEqual([cwd])
  })

  test.each([
    [['--wirte'], /Unknown option '--wirte'[^]*mortise serve files/],
    [['--write=yes'], /--write/],
    [['-w'], /Unknown option '-w'/],
    [[''], /a folder has a name/],
  ])('%j is refused with the usage', (argv, message) => {
    expect(() => filesFromArguments(argv, place)).toThrow(message)
  })
})
