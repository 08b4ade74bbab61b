import { expect, test } from 'vitest'
import {
  clientFault,
  faultsOf,
  idleHandlers,
  judgeScenario,
  readExpectations,
  readRequirements,
} from './judge.mjs'

const success = { id: 'own-check', status: 'SUCCESS' }
const failure = { id: 'own-check', status: 'FAILURE', errorMessage: 'it is broken' }

const verdicts = [
  ['passes when a check of its own succeeds', [success], [], 'passed'],
  ['fails by one failure', [success, failure], [], 'failed'],
  ['fails by a warning', [{ id: 'own-check', status: 'WARNING' }], [], 'failed'],
  ['fails without checks', undefined, [], 'failed'],
  ['fails when nothing was checked', [], [], 'failed'],
  [
    'fails when only its traffic was checked',
    [{ id: 'wire-schema-valid', status: 'SUCCESS' }],
    [],
    'failed',
  ],
  ['may fail as a whole', [failure], [{ scenario: 'some' }], 'expected'],
  ['may fail without checks', undefined, [{ scenario: 'some' }], 'expected'],
  ['may fail in one check', [failure], [{ scenario: 'some', check: 'own-check' }], 'expected'],
  ['may not fail in another check', [failure], [{ scenario: 'some', check: 'other' }], 'failed'],
  ['may not fail because another may', [failure], [{ scenario: 'other' }], 'failed'],
  ['fails when it was expected to and does not', [success], [{ scenario: 'some' }], 'failed'],
]

test.each(verdicts)('a scenario %s', (_name, checks, expectations, verdict) => {
  expect(judgeScenario('some', checks, expectations).verdict).toBe(verdict)
})

test('a failure is told with its check and its reason', () => {
  expect(judgeScenario('some', [failure], []).why).toEqual(['FAILURE own-check it is broken'])
})

test('expectations are read with the reason of their group', () => {
  const text = [
    'server:',
    '  # roots: not yet',
    '  - some-scenario:some-check',
    'client:',
    '  - auth/basic',
    '  # authorization: not yet',
    '  - auth/other',
  ].join('\n')
  expect(readExpectations(text)).toEqual([
    { leg: 'server', reason: 'roots', scenario: 'some-scenario', check: 'some-check' },
    { leg: 'client', reason: undefined, scenario: 'auth/basic', check: undefined },
    { leg: 'client', reason: 'authorization', scenario: 'auth/other', check: undefined },
  ])
})

const known = { authorization: { entry: /^auth\//, most: 1 } }
const basic = { scenario: 'auth/basic', reason: 'authorization' }

const lists = [
  ['is right with as many as there may be', [basic], 0],
  ['may not grow', [basic, { ...basic, scenario: 'auth/other' }], 1],
  ['makes the limit shrink with it', [], 1],
  ['needs a known reason', [basic, { scenario: 'ping', reason: undefined }], 1],
  ['holds nothing that its reason does not explain', [{ ...basic, scenario: 'ping' }], 1],
]

test.each(lists)('the list of expected failures %s', (_name, expectations, faults) => {
  expect(faultsOf(expectations, known)).toHaveLength(faults)
})

test('a frozen set is read with what runs beside it', () => {
  const text = [
    '# Conformance requirements',
    'server:',
    '  - ping',
    'client:',
    '  - auth/basic-cimd',
    'not_scored:',
    '  - scenario: tasks-lifecycle',
    '    leg: server',
    '    reason: extension',
    '    note: >-',
    '      some words',
  ].join('\n')
  expect(readRequirements(text)).toEqual({
    required: { server: ['ping'], client: ['auth/basic-cimd'] },
    beside: [{ scenario: 'tasks-lifecycle', leg: 'server', reason: 'extension' }],
  })
})

test('a handler that never ran is found, and one that never came to its end', () => {
  const log = 'added test_simple_text\nadded test_image_content\nbegan test_image_content\n'
  expect(idleHandlers(log, '2026-07-28')).toEqual([
    'test_simple_text was never called',
    'test_image_content never came to its end',
  ])
})

test('a handler that a leg has no use for may stay idle there alone', () => {
  const log = 'added test_tool_with_logging\n'
  expect(idleHandlers(log, '2026-07-28')).toEqual([])
  expect(idleHandlers(log, '2025-11-25')).toEqual(['test_tool_with_logging was never called'])
})

test('a server that says nothing has not run its fixtures', () => {
  expect(idleHandlers('', '2026-07-28')).toHaveLength(1)
})

test('a client must have said that it was done, in the revision of the leg', () => {
  const said = 'warning something\ndone tools_call in 2026-07-28\n'
  expect(clientFault('tools_call', said, '2026-07-28')).toBeUndefined()
  expect(clientFault('tools_call', said, '2025-11-25')).toContain('did not say')
  expect(clientFault('tools_call', '', '2026-07-28')).toContain('did not say')
})
