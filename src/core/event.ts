/** Something with a lifetime. Structurally VS Code's own `Disposable`. */
export interface Disposable {
  dispose(): void;
}

export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * A list of listeners. A listener that throws does not keep the others from hearing. The list is replaced where it
 * changes, which is seldom, so that it can be walked as it is where something happens, which is often.
 */
export class Emitter<T> implements Disposable {
  private listeners: readonly ((value: T) => void)[] = [];

  readonly event: Event<T> = (listener) => {
    // A wrapper per subscription, so that one function subscribed twice is two subscriptions.
    const own = (value: T): void => {
      listener(value);
    };
    this.listeners = [...this.listeners, own];
    return {
      dispose: () => {
        this.listeners = this.listeners.filter((listener) => listener !== own);
      },
    };
  };

  get hasListeners(): boolean {
    return this.listeners.length > 0;
  }

  fire(value: T): void {
    let failure: { readonly error: unknown } | undefined;
    const { listeners } = this;
    for (let place = 0, listener = listeners[place]; listener; listener = listeners[++place]) {
      try {
        listener(value);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  dispose(): void {
    this.listeners = [];
  }
}

export function disposeAll(disposables: Iterable<Disposable>): void {
  for (const disposable of disposables) disposable.dispose();
}
