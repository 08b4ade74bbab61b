import type { Verb } from './verb.ts'
import { call } from './verbs/call.ts'
import { list } from './verbs/list.ts'
import { prompt } from './verbs/prompt.ts'
import { read } from './verbs/read.ts'
import { serve } from './verbs/serve.ts'
import { signIn } from './verbs/sign-in.ts'
import { signOut } from './verbs/sign-out.ts'

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [serve, list, call, read, prompt, signIn, signOut]
