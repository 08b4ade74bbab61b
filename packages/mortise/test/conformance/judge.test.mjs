import { expect, test } from 'vitest'
import { clientFault, idleHandlers, judgeScenario, readRequirements } from './judge.mjs'

const success = { id: 'own-check', status: 'SUCCESS' }
const failure = { id: 'own-check', status: 'FAILURE', errorMessage: 'it is broken' }

const skipped = { id: 'own-check', status: 'SKIPPED' }

const verdicts = [
  ['passes when a check of its own succeeds', 'some', [success], 'passed'],
  ['passes with checks that do not apply', 'some', [success, skipped], 'passed'],
  ['fails by one failure', 'some', [success, failure], 'failed'],
  ['fails by a warning', 'some', [{ id: 'own-check', status: 'WARNING' }], 'failed'],
  ['fails without checks', 'some', undefined, 'failed'],
  ['fails when nothing was checked', 'some', [], 'failed'],
  [
    'fails when only its traffic was checked',
    'some',
    [{ id: 'wire-schema-valid', status: 'SUCCESS' }],
    'failed',
  ],
  ['fails when it was skipped', 'some', [skipped], 'failed'],
  ['is skipped where the suite always does', 'tasks-status-notifications', [skipped], 'skipped'],
  ['is judged there once it runs', 'tasks-status-notifications', [skipped, failure], 'failed'],
  ['is not skipped there without a word', 'tasks-status-notifications', [], 'failed'],
]

test.each(verdicts)('a scenario %s', (_name, scenario, checks, verdict) => {
  expect(judgeScenario(scenario, checks).verdict).toBe(verdict)
})

test('a failure is told with its check and its reason', () => {
  expect(judgeScenario('some', [failure]).why).toEqual(['FAILURE own-check it is broken'])
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

const endings = [
  ['by the right error', 'refused auth/iss-wrong-issuer: ERR_AUTH_MIX_UP: no', true],
  ['by another error', 'refused auth/iss-wrong-issuer: ERR_TIMEOUT: no', false],
  ['by nothing', 'done auth/iss-wrong-issuer in 2026-07-28', false],
]

test.each(endings)('a client that has to refuse is stopped %s', (_name, line, isRight) => {
  const fault = clientFault('auth/iss-wrong-issuer', `${line}\n`, '2026-07-28')
  expect(fault === undefined).toBe(isRight)
})

test('an error with several causes must have the right one', () => {
  const scenario = 'auth/resource-mismatch'
  const told = `refused ${scenario}: ERR_AUTH_DISCOVERY: the metadata did not answer in time\n`
  expect(clientFault(scenario, told, '2026-07-28')).toContain('did not answer in time')
})
