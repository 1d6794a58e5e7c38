/** What the platform does to a machine whose capacity it takes back. */
export type InterruptionAction = "stop" | "hibernate" | "terminate";

/** What a machine says of its own coming interruption. */
export interface InterruptionNotice {
  readonly action: InterruptionAction;
  /** When it happens, as the platform wrote it: wall-clock milliseconds. */
  readonly at: number;
  /** What the machine's own clock said at the same moment, so that no other clock has to be right: milliseconds. */
  readonly saidAt?: number;
}

/** How a machine is asked whether its platform is about to take it back. */
export interface InterruptionProbe {
  /** Who takes it back, by name: "AWS". */
  readonly platform: string;
  /**
   * Who starts a machine again that was stopped so: the platform, once it has room, and nobody else; or the user, as
   * any other machine.
   */
  readonly restartedBy: "platform" | "user";
  /** A constant line of POSIX sh, without single quotes, backslashes, newlines and exclamation marks. */
  readonly command: string;
  /** Undefined: none is announced. Throws GpuDevError where the machine did not say. */
  parse(stdout: string): InterruptionNotice | undefined;
}
