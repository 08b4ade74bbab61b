import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture, tsc } from '../../../../scripts/set-up/processes.mjs'
import { fileOf } from '../processes.mjs'

const few = 50
const many = 300

/** What inference costs the compiler. */
export const types = () => ({
  title: 'Types',
  about: `Instantiations of \`tsc\` for a server with ${few} tools (or as many as the row says), and a client of \`typeof server\` that calls each of them, with its arguments and results inferred; types of libraries are not checked. \`schemas alone\` are the ${few} pairs of schemas with their types inferred and nothing else.`,
  figure: { of: 'instantiations', as: 'value' },
  rounds: 1,
  warmUp: 'none',
  targets: [
    ['schemas alone, zod', () => instantiations(schemasAlone(few))],
    ['Mortise, zod', () => instantiations(serverAndClient(few, zodOf))],
    ['Mortise, plain', () => instantiations(serverAndClient(few, plainOf))],
    [`${many} tools, zod`, () => instantiations(serverAndClient(many, zodOf))],
    [`${many} tools, plain`, () => instantiations(serverAndClient(many, plainOf))],
  ].map(([name, window]) => ({ name, open: () => ({ window, stop() {} }) })),
})

const numbersTo = (count) => Array.from({ length: count }, (_, index) => index)
const zodOf = (index) => ({
  input: `z.object({ path: z.string(), count${index}: z.number().optional() })`,
  output: `z.object({ path: z.string(), size${index}: z.number() })`,
})
const plainOf = (index) => ({
  input: `{ type: 'object', properties: { path: { type: 'string' }, count${index}: { type: 'number' } }, required: ['path'] }`,
  output: `{ type: 'object', properties: { path: { type: 'string' }, size${index}: { type: 'number' } }, required: ['path', 'size${index}'] }`,
})

function serverAndClient(count, schemas) {
  const numbers = numbersTo(count)
  const tools = numbers.map((index) => {
    const { input, output } = schemas(index)
    return `  .tool('tool${index}', { input: ${input}, output: ${output} }, ({ path, count${index} = 1 }) => ({ path, size${index}: count${index} }))`
  })
  const calls = numbers.map((index) => {
    const call = `await client.call('tool${index}', { path: 'a', count${index}: 1 })`
    return `const size${index}: number = (${call}).size${index}`
  })
  return `import { connect } from 'mortise/client'
import { createServer } from 'mortise/server'
import { z } from 'zod'
export const server = createServer({ name: 'types', version: '1.0.0' })
${tools.join('\n')}
const client = await connect<typeof server>('http://127.0.0.1:1/mcp')
${calls.join('\n')}
export const sum = [${numbers.map((index) => `size${index}`).join(', ')}]
export const schema = z.string()
`
}

function schemasAlone(count) {
  const lines = numbersTo(count).map((index) => {
    const { input, output } = zodOf(index)
    return `export const in${index} = ${input}
export const out${index} = ${output}
export const f${index} = ({ path, count${index} = 1 }: z.output<typeof in${index}>): z.input<typeof out${index}> => ({ path, size${index}: count${index} })`
  })
  return `import { z } from 'zod'\n${lines.join('\n')}\n`
}

async function instantiations(source) {
  const scratch = fileOf('.tmp')
  mkdirSync(scratch, { recursive: true })
  const folder = mkdtempSync(join(scratch, 'types-'))
  try {
    writeFileSync(join(folder, 'program.ts'), source)
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'dom', 'esnext.disposable'],
      types: [],
      noEmit: true,
      skipLibCheck: true,
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const config = JSON.stringify({ compilerOptions, files: ['program.ts'] })
    writeFileSync(join(folder, 'tsconfig.json'), config)
    const args = [tsc, '-p', folder, '--extendedDiagnostics']
    const { code, output } = await capture(process.execPath, args)
    const found = /Instantiations:\s+(\d+)/.exec(output)
    if (found === null) throw new Error(output.slice(0, 2_000))
    if (code !== 0) throw new Error(output.slice(0, 2_000))
    return { instantiations: Number(found[1]) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
