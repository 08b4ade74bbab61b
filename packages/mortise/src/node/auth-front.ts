export type * from '../auth/front/index.ts'
