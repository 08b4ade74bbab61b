// Opens as many sessions of 2025-11-25 as it is told, a hundred at a time, and leaves them.
import { openSession } from '../http-requests.mjs'
import { takeOrders } from '../processes.mjs'

takeOrders(async ({ url, open }) => {
  for (let opened = 0; opened < open; opened += 100) {
    await Promise.all(Array.from({ length: Math.min(100, open - opened) }, () => openSession(url)))
  }
  return {}
})
