import { serve } from '../../src/node/index.ts'
import { createFixture } from './fixture.ts'

await serve(createFixture(), { transport: 'stdio' })
