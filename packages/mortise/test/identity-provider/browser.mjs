// A real browser in the user's place: it opens the page, signs in as whoever it is told, and agrees.
import { chromium } from 'playwright-core'

/** Starts the browser; `command` is the program and its arguments. Give it to `await using`. */
export async function startBrowser([executablePath, ...args]) {
  const browser = await chromium.launch({ executablePath, args, headless: true })
  return {
    /** A user with cookies of their own. */
    async user(login) {
      const context = await browser.newContext()
      return {
        /**
         * Opens `url` and presses the first button of each form, until the page that the client serves; gives what that says.
         * `read` is told what each form's page says.
         */
        async visit(url, read = () => {}) {
          const page = await context.newPage()
          try {
            await page.goto(url)
            for (;;) {
              const button = page.locator('form[method=post] button').first()
              if ((await button.count()) === 0) break
              read(await page.locator('body').innerText())
              const name = page.locator('input[name=login]')
              if ((await name.count()) > 0) {
                await name.fill(login)
                await page.locator('input[name=password]').fill('any will do')
              }
              const answered = page.waitForNavigation()
              await button.click()
              await answered
            }
            return await page.locator('body').innerText()
          } finally {
            await page.close()
          }
        },
        /** Opens `url`, and leaves by the way out that the page has. */
        async refuse(url) {
          const page = await context.newPage()
          try {
            await page.goto(url)
            const left = page.waitForNavigation()
            await page.locator('a[href*="/abort"]').click()
            await left
            return await page.locator('body').innerText()
          } finally {
            await page.close()
          }
        },
        close: () => context.close(),
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
