import { expect, test } from 'vitest'
import { createNoticeBoard } from './notices.ts'
import type { NoticeBoard } from './notices.ts'

const topic = { member: 'things', method: 'notifications/things', offered: () => true }
const notice = { method: 'notifications/things', params: {} }

function createBoard(reported: unknown[] = []): NoticeBoard {
  const board = createNoticeBoard((error) => reported.push(error))
  board.add(topic)
  return board
}

test('one that listens anew whenever it is told is told once each time', () => {
  const board = createBoard()
  let told = 0
  const listen = (): void => {
    const tell = (): void => {
      told += 1
      listening.leave()
      if (told < 100) listen()
    }
    const listening = board.listen([{ topic }], { tell })
  }
  listen()
  board.listen([{ topic }], { tell() {} })
  board.publish(notice)
  expect(told).toBe(1)
  board.publish(notice)
  expect(told).toBe(2)
})

test('one that has left while another one was told is told nothing', () => {
  const board = createBoard()
  let told = 0
  board.listen([{ topic }], { tell: () => other.leave() })
  const other = board.listen([{ topic }], { tell: () => void (told += 1) })
  board.publish(notice)
  expect(told).toBe(0)
})

test('what one listener throws is reported, and hides nothing from the others', () => {
  const reported: unknown[] = []
  const board = createBoard(reported)
  const error = new Error('of a listener')
  let told = 0
  board.listen([{ topic }], {
    tell() {
      throw error
    },
  })
  board.listen([{ topic }], { tell: () => void (told += 1) })
  board.publish(notice)
  expect([told, reported]).toEqual([1, [error]])
})
