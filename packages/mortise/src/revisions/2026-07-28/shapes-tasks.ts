import type { ShapeExtension } from '../shape-table.ts'

/** What the extension for tasks adds to revision 2026-07-28. */
export const taskShapes: ShapeExtension = {
  id: 'io.modelcontextprotocol/tasks',
  version: '2026-07-28',
  shapes: `
    TasksExtensionCapability = { [*]: never }
    ClientRequest |= GetTaskRequest | UpdateTaskRequest | CancelTaskRequest
    ServerNotification |= TaskStatusNotification
    CallToolAnswer |= CreateTaskResult
    SubscriptionFilter += { ...TaskSubscriptionNotifications }
    TaskSubscriptionNotifications = { taskIds?: string[] }
    TaskSubscriptionAcknowledgedNotifications = { taskIds?: string[] }

    TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled"
    Task = {
      taskId: string, status: TaskStatus, statusMessage?: string, createdAt: string, lastUpdatedAt: string,
      ttlMs: safe | null, pollIntervalMs?: safe,
    }
    safe = integer -9007199254740991..9007199254740991
    WorkingTask = { ...Task, status: "working" }
    InputRequiredTask = { ...Task, status: "input_required", inputRequests: InputRequests }
    CompletedTask = { ...Task, status: "completed", result: object }
    FailedTask = { ...Task, status: "failed", error: Error }
    CancelledTask = { ...Task, status: "cancelled" }
    DetailedTask = WorkingTask | InputRequiredTask | CompletedTask | FailedTask | CancelledTask

    CreateTaskResult = { ...Result, ...Task, resultType: "task" }
    GetTaskRequest = { ...JSONRPCRequest, method: "tasks/get", params: { taskId: string } }
    GetTaskResult = { ...Result, resultType: "complete" } & DetailedTask
    UpdateTaskRequest = { ...JSONRPCRequest, method: "tasks/update", params: { taskId: string, inputResponses: InputResponses } }
    UpdateTaskResult = { ...Result, resultType: "complete" }
    CancelTaskRequest = { ...JSONRPCRequest, method: "tasks/cancel", params: { taskId: string } }
    CancelTaskResult = { ...Result, resultType: "complete" }
    TaskStatusNotification = { ...JSONRPCNotification, method: "notifications/tasks", params: TaskStatusNotificationParams }
    TaskStatusNotificationParams = NotificationParams & DetailedTask
  `,
}
