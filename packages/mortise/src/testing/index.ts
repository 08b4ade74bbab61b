/** Try out servers and clients without sockets, with time in your hands, and with everything that can go wrong. */
export { connectInProcess, connectPeers, fetchInto } from './connect.ts'
export type {
  ConnectedPeers,
  InProcessTransport,
  TestConnectOptions,
  TestedServer,
} from './connect.ts'
export { createTestRuntime } from './runtime.ts'
export type { TestRuntime } from './runtime.ts'
export { memoryChannelPair } from '../transport/memory.ts'
export { byteChannelEnds, byteChannelPair } from './byte-channel.ts'
export type { ByteChannelOptions, ByteEnd } from './byte-channel.ts'
export { createChance, sliceBySeed } from './chance.ts'
export type { Chance, Slice } from './chance.ts'
export { createFaults } from './faults.ts'
export type { FaultOptions, Faults } from './faults.ts'
export type { Fault, PlannedFault, Sender } from './fault.ts'
export { describeMatrix, testMatrix } from './matrix.ts'
export type {
  DeclareGroups,
  DeclareTest,
  MatrixCell,
  MatrixOptions,
  MatrixPlace,
  MatrixServer,
  MatrixSetUp,
  MatrixWay,
  OpenWay,
} from './matrix.ts'
export type { Passage } from './passage.ts'
export { createScript } from './script.ts'
export type { Heard, Script, ScriptedAnswer, ScriptedQuestion, ScriptOptions } from './script.ts'
export { createShapeCheck } from './shape-check.ts'
export type { ShapeCheck, ShapeFault } from './shape-check.ts'
export { createTranscript } from './transcript.ts'
export type { Transcript, TranscriptOptions } from './transcript.ts'
