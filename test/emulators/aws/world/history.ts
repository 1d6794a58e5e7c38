interface Moment<Value> {
  readonly at: number;
  readonly value: Value | undefined;
}

/** Values by key that also tells what it held at an earlier time. */
export class History<Value> {
  private readonly current = new Map<string, Value>();
  private readonly past = new Map<string, Moment<Value>[]>();

  get(key: string): Value | undefined {
    return this.current.get(key);
  }

  values(): readonly Value[] {
    return [...this.current.values()];
  }

  set(key: string, value: Value, at: number): void {
    this.current.set(key, value);
    this.remember(key, { at, value });
  }

  delete(key: string, at: number): void {
    this.current.delete(key);
    this.remember(key, { at, value: undefined });
  }

  /** As a list that lags behind would show it: what has gone since is still there, what is new is not. */
  valuesAt(time: number): readonly Value[] {
    return [...this.past.values()].flatMap((moments) => {
      const value = moments.findLast(({ at }) => at <= time)?.value;
      return value === undefined ? [] : [value];
    });
  }

  private remember(key: string, moment: Moment<Value>): void {
    const moments = this.past.get(key);
    if (moments) moments.push(moment);
    else this.past.set(key, [moment]);
  }
}
