import { isTest } from './files.mjs'

const MAX_LINES = 400
const MAX_TEST_LINES = 600
const CODE = /^(?:packages|scripts|examples)\/.*\.m?[jt]sx?$/
const VAGUE = /^(?:utils?|helpers?|common|shared|misc|core|base|manager)$/i

/** A file does one thing, and its name says which. */
export const smallFileLaw = {
  name: 'small files with names that say something',
  check: (files) =>
    [...files]
      .filter(([path]) => CODE.test(path))
      .flatMap(([path, text]) => [...lengthFault(path, text), ...nameFault(path)]),
}

function lengthFault(path, text) {
  const limit = isTest(path) || /\/(?:test|bench)\//.test(path) ? MAX_TEST_LINES : MAX_LINES
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return lines > limit ? [`${path} has ${lines} lines; ${limit} is the limit`] : []
}

function nameFault(path) {
  const vague = path
    .split('/')
    .find((part) => VAGUE.test(part.replace(/(?:\.test|\.test-d)?\.m?[jt]sx?$/, '')))
  return vague === undefined ? [] : [`${path}: "${vague}" does not say what is inside`]
}
