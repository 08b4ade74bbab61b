import { defineConfig } from 'vitest/config'

const conditions = ['mortise-source', 'module', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'packages/*/test/conformance/*.test.mjs',
      'scripts/**/*.test.mjs',
    ],
    testTimeout: 20_000,
  },
})
