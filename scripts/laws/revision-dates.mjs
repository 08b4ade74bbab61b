import { at, librarySources } from './files.mjs'
import { parse } from './syntax.mjs'

const DATE = /20\d\d-\d\d-\d\d/g
const PAGE = /\b[a-z][a-z-]+\/[a-z][a-z-]+/

/** What one revision says stands in its own folder: elsewhere a date may only cite a page of the specification. */
export const revisionDateLaw = {
  name: 'no revision date outside its place',
  check: (files) =>
    librarySources(files)
      .filter(([, inside]) => !inside.startsWith('revisions/'))
      .flatMap(([path, , text]) =>
        [...text.matchAll(DATE)]
          .filter(({ index }) => !citesPage(path, text, index))
          .map(({ 0: date, index }) => `${at(path, text, index)} names the revision ${date}`),
      ),
}

// A comment that names a page beside the date: `2025-06-18, basic/transports, "Session Management"`.
function citesPage(path, text, offset) {
  const { comments } = parse(path, text)
  const comment = comments.find(({ start, end }) => start <= offset && offset < end)
  return comment !== undefined && PAGE.test(comment.value)
}
