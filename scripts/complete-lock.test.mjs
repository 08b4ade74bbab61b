import { expect, test } from 'vitest'
import { missingEntries } from './complete-lock.mjs'

test('a platform is known by whichever words a package has for it', () => {
  const tool = {
    version: '1.0.0',
    optionalDependencies: { '@tool/windows-64': '1.0.0', '@tool/linux-aarch64-gnu': '1.0.0' },
  }
  expect(missingEntries({ packages: { '': {}, 'node_modules/tool': tool } })).toEqual([
    [
      'node_modules/@tool/windows-64',
      { version: '1.0.0', cpu: ['x64'], optional: true, os: ['win32'] },
    ],
    [
      'node_modules/@tool/linux-aarch64-gnu',
      { version: '1.0.0', cpu: ['arm64'], libc: ['glibc'], optional: true, os: ['linux'] },
    ],
  ])
})
