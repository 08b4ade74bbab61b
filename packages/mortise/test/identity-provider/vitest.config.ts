import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['*.test.mjs'],
    // What is under test is the built library, as Node itself loads it.
    server: { deps: { external: [/\/dist\//, /\/node_modules\//] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
