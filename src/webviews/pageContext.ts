import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Host } from "./host.ts";
import type { Texts } from "./texts.ts";

export interface PageContext {
  readonly host: Host;
  readonly texts: Texts;
  readonly locale: string;
  /** The wall clock of the extension host minus the page's own: samples carry the host's time. */
  readonly clockOffsetMs: number;
}

export const Page = createContext<PageContext | undefined>(undefined);

export function usePage(): PageContext {
  const page = useContext(Page);
  if (page === undefined) throw new Error("A component was drawn outside its page.");
  return page;
}

export function useTexts(): Texts {
  return usePage().texts;
}

/** The time on the clock of the extension host, told anew every second. */
export function useNow(): number {
  const { clockOffsetMs } = usePage();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, Date.now()) + clockOffsetMs;
}
