import { expect, test } from 'vitest'
import { sendJson, startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

const id = { name: 'id', in: 'path', schema: {} }

// OpenAPI 3.1.1, "Link Object" and "Runtime Expressions".
const paths = {
  '/shops/{shop}/orders': {
    post: {
      operationId: 'order',
      parameters: [
        { name: 'shop', in: 'path', schema: {} },
        { name: 'q', in: 'query', schema: {} },
      ],
      requestBody: { content: { 'application/json': {} } },
      responses: {
        '201': {
          links: {
            Get: {
              operationId: 'get.order',
              parameters: { 'path.id': '$response.body#/order/a~1b/0' },
            },
            Pay: {
              operationRef: '#/paths/~1orders~1{id}~1pay/post',
              parameters: {
                id: 'o-{$response.header.X-Id}',
                shop: '$request.path.shop',
                note: 'fast',
              },
              requestBody: { fixed: true },
            },
            Again: { $ref: '#/components/links/Again' },
            Unknown: { operationId: 'nowhere' },
            Elsewhere: { operationRef: 'https://other.example/#/paths/~1x/get' },
            Broken: { $ref: '#/components/links/None' },
          },
        },
        default: { links: { Never: { operationId: 'get.order' } } },
      },
    },
  },
  '/orders/{id}': { get: { operationId: 'get.order', parameters: [id] } },
  '/orders/{id}/pay': {
    post: {
      parameters: [
        id,
        { name: 'shop', in: 'query', schema: {} },
        { name: 'note', in: 'query', schema: {} },
      ],
      requestBody: { content: { 'application/json': {} } },
    },
  },
}

const rest = {
  components: {
    links: {
      Again: {
        operationId: 'order',
        parameters: {
          shop: '$response.body#/missing',
          q: '{$method} {$statusCode} {$request.query.q}',
        },
        requestBody: '$request.body#/lines',
      },
    },
  },
}

test('the links of a response tell the next calls, with what is known of them', async () => {
  await using api = await startApi((_, response) => {
    response.setHeader('x-id', '7')
    sendJson(response, { order: { 'a/b': [{ deep: 1 }] } }, 201)
  })
  const given = { shop: 's', q: 'x', body: { lines: [1] } }
  await using offered = await offer(documentOf(paths, rest), { baseUrl: api.url, links: true })
  expect((await offered.call('order', given)).content[1]).toEqual({
    type: 'text',
    text: [
      'Next:',
      'Get: get_order {"id":{"deep":1}}',
      'Pay: post_orders_id_pay {"id":"o-7","shop":"s","note":"fast","body":{"fixed":true}}',
      'Again: order {"q":"POST 201 x","body":[1]}',
    ].join('\n'),
  })
  await using plain = await offer(documentOf(paths, rest), { baseUrl: api.url })
  expect((await plain.call('order', given)).content).toHaveLength(1)
})

test('an error leads nowhere', async () => {
  await using api = await startApi((_, response) => sendJson(response, {}, 500))
  await using offered = await offer(documentOf(paths, rest), { baseUrl: api.url, links: true })
  expect((await offered.call('order', { shop: 's' })).content).toHaveLength(1)
})
