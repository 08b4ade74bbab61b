import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['*.test.mjs'],
    // What is under test is the built library, as Node itself loads it.
    server: { deps: { external: [/\/dist\//, /\/node_modules\//] } },
    testTimeout: 15_000,
    hookTimeout: 20_000,
    // Every file starts processes of its own.
    fileParallelism: false,
  },
})
