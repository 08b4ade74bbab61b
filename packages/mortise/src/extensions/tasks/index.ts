/** Tasks: calls that outlive their request, on servers and clients. */
export { tasks } from './server.ts'
export type { TaskTool, TasksOptions } from './server.ts'
export { beginTask } from './begin.ts'
export type { TaskSupport } from './forms.ts'
export type { TaskState, TaskStatus } from './wire.ts'
export { tasksClient } from './client.ts'
export { attachTask, startTask } from './handle.ts'
export type { TaskHandle } from './handle.ts'
