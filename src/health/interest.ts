import type { Disposable } from "../core/event.ts";
import type { Interest } from "./watch.ts";

const RANK: Record<Interest, number> = { glance: 1, stream: 2, detail: 3 };

/** 0 for none, more for stronger. */
export function rank(interest: Interest | undefined): number {
  return interest === undefined ? 0 : RANK[interest];
}

/** Who looks at one host, and how closely. The strongest wins. */
export class Holders {
  private readonly held = new Set<{ readonly interest: Interest }>();
  private readonly onDidChange: () => void;

  /** `onDidChange` is called when the strongest interest may have changed. */
  constructor(onDidChange: () => void) {
    this.onDidChange = onDidChange;
  }

  /** Disposing twice is disposing once. */
  add(interest: Interest): Disposable {
    const holder = { interest };
    this.held.add(holder);
    this.onDidChange();
    return {
      dispose: () => {
        if (this.held.delete(holder)) this.onDidChange();
      },
    };
  }

  get strongest(): Interest | undefined {
    let strongest: Interest | undefined;
    for (const { interest } of this.held) if (rank(interest) > rank(strongest)) strongest = interest;
    return strongest;
  }
}
