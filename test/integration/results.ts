/** What the tests within the extension host leave for the program that started them. */
export interface TestResults {
  readonly outcomes: readonly TestOutcome[];
  /** Why there are no outcomes. */
  readonly broken?: string;
}

export type TestOutcome =
  | { readonly kind: "passed"; readonly name: string; readonly ms: number }
  | { readonly kind: "skipped"; readonly name: string }
  | { readonly kind: "failed"; readonly name: string; readonly error: string };
