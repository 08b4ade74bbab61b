import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['*.test.mjs'],
    // What is under test is the built library, as Node itself loads it.
    server: { deps: { external: [/\/dist\//, /\/node_modules\//] } },
    // On a slow machine a program of Python needs many seconds until it begins, and a test may start two.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Every file starts processes of its own.
    fileParallelism: false,
  },
})
