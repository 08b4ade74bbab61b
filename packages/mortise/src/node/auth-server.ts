export type * from '../auth/server/index.ts'
