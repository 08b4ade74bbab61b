import { describe, expect, test } from 'vitest'
import { FilesError, explain } from './errors.ts'

const systemError = (code: string): Error => Object.assign(new Error('/proc/self/fd/9/x'), { code })

describe('an error of the system', () => {
  test.each([
    ['ENOENT', 'missing', 'a does not exist'],
    ['EACCES', 'denied', 'a may not be accessed: permission denied'],
    ['ENOSPC', 'failed', 'a does not fit: the disk is full'],
    ['EIO', 'failed', 'a failed with EIO'],
  ])('%s becomes %s, with the path that the client knows', (code, kind, message) => {
    expect(explain(systemError(code), 'a')).toMatchObject({ kind, message })
  })
})

test('other errors stay what they are', () => {
  const suspended = systemError('ERR_SUSPENDED')
  const own = new FilesError('outside', 'x')
  expect(explain(suspended, 'a')).toBe(suspended)
  expect(explain(own, 'a')).toBe(own)
  expect(explain('text', 'a')).toBe('text')
})
