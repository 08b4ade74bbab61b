export type * from '../auth/client/index.ts'
