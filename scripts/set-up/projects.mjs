import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './processes.mjs'

/** The TypeScript projects of the root tsconfig.json that have sources by now, as paths from the root. */
export function sourceProjects() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  return references.map((reference) => reference.path).filter(hasSources)
}

/** The projects that only check tests: every package's `tsconfig.test.json`. */
export function testProjects() {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/tsconfig.test.json`)
    .filter((path) => existsSync(join(root, path)) && hasSources(path))
}

// tsc refuses a project without inputs.
function hasSources(project) {
  const { include = ['src'] } = JSON.parse(readFileSync(join(root, project), 'utf8'))
  const folder = join(root, dirname(project))
  return include.some((pattern) => matches(folder, pattern))
}

function matches(folder, pattern) {
  const [start, name] = pattern.includes('*') ? pattern.split('/**/*') : [pattern, '.ts']
  const base = join(folder, start)
  return (
    existsSync(base) && readdirSync(base, { recursive: true }).some((path) => path.endsWith(name))
  )
}
