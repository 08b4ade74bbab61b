/** How a connection stands. */
export type ConnectionStatus =
  | {
      readonly state: 'connected'
      /**
       * `opened` at first; `reopened` after it was lost; `renewed` when the server had lost the session and a new one was
       * begun; `renegotiated` when the server no longer took what was settled on before.
       */
      readonly how: 'opened' | 'reopened' | 'renewed' | 'renegotiated'
    }
  | {
      readonly state: 'reconnecting'
      /** 1 for the first attempt in a row. */
      readonly attempt: number
      /** Milliseconds from now until it is made. */
      readonly delayMs: number
      /** Why the connection, or the last attempt, failed. */
      readonly error: Error
    }
  | {
      readonly state: 'closed'
      /** Why it is over for good; undefined when it was closed here. */
      readonly error: Error | undefined
    }
