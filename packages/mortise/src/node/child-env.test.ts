import { expect, test } from 'vitest'
import { childEnv, envValue } from './child-env.ts'

const parent = {
  PATH: '/bin',
  HOME: '/home/u',
  GITHUB_TOKEN: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NODE_OPTIONS: '--inspect',
  SHELL: '() { :; }; echo shocked',
  LANG: undefined,
}

test('a child gets the allowed names and what was declared, and nothing else', () => {
  const env = childEnv({ declared: { API_KEY: 'mine' }, parent, platform: 'linux' })
  expect(env).toEqual({ PATH: '/bin', HOME: '/home/u', API_KEY: 'mine' })
})

test('what is declared wins', () => {
  const env = childEnv({ declared: { PATH: '/opt/bin' }, parent, platform: 'linux' })
  expect(env['PATH']).toBe('/opt/bin')
})

test('on Windows names are the same in any case, and there is one of each', () => {
  const windows = { Path: 'C:\\bin', SystemRoot: 'C:\\Windows', Token: 'secret' }
  expect(childEnv({ parent: windows, platform: 'win32' })).toEqual({
    Path: 'C:\\bin',
    SystemRoot: 'C:\\Windows',
  })
  const declared = { PATH: 'D:\\bin' }
  const env = childEnv({ declared, parent: windows, platform: 'win32' })
  expect(env).toEqual({ SystemRoot: 'C:\\Windows', PATH: 'D:\\bin' })
  expect(envValue(windows, 'PATH', 'win32')).toBe('C:\\bin')
})
