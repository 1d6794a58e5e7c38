import * as vscode from "vscode";
import { messageOf } from "../core/error.ts";
import type { Redactor } from "../core/redact.ts";

/** How many lines Copy Diagnostics takes along. */
const REMEMBERED_LINES = 200;

/** The extension's one log. VS Code writes it to disk, so every line passes the redactor first. */
export class Log implements vscode.Disposable {
  private readonly channel: vscode.LogOutputChannel;
  private readonly redactor: Redactor;
  private readonly lines: string[] = [];
  /** What still ends after the deactivation has nobody to tell: VS Code throws at a closed channel. */
  private isDisposed = false;

  constructor(redactor: Redactor) {
    this.redactor = redactor;
    this.channel = vscode.window.createOutputChannel("GPU Dev Environments", { log: true });
  }

  readonly info = (line: string): void => {
    const safe = this.remember(line);
    if (!this.isDisposed) this.channel.info(safe);
  };

  readonly error = (error: unknown): void => {
    const safe = this.remember(describe(error));
    if (!this.isDisposed) this.channel.error(safe);
  };

  /** From now on this value is masked wherever it appears. */
  readonly conceal = (secret: string): void => {
    this.redactor.add(secret);
  };

  /** The text without what is known or looks like a secret. */
  redact(text: string): string {
    return this.redactor.redact(text);
  }

  /** The newest lines, oldest first, already redacted. */
  recent(): readonly string[] {
    return this.lines;
  }

  show(): void {
    if (!this.isDisposed) this.channel.show();
  }

  dispose(): void {
    this.isDisposed = true;
    this.channel.dispose();
  }

  private remember(line: string): string {
    const safe = this.redact(line);
    this.lines.push(`${new Date().toISOString()} ${safe}`);
    if (this.lines.length > REMEMBERED_LINES) this.lines.shift();
    return safe;
  }
}

/** The error with its causes, one per line. */
function describe(error: unknown): string {
  const lines: string[] = [];
  for (let cause: unknown = error; cause !== undefined && lines.length < 5;) {
    lines.push(cause instanceof Error ? (cause.stack ?? cause.message) : messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines.join("\n  caused by: ");
}
