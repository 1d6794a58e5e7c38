import { useEffect, useLayoutEffect } from "preact/hooks";

const SETTLED_MS = 200;

/** Goes back to where the reader was, and tells where the reader is once scrolling has settled. */
export function useScroll(initial: number, moved: (scroll: number) => void): void {
  useLayoutEffect(() => window.scrollTo({ top: initial, behavior: "instant" }), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => moved(Math.max(0, Math.round(window.scrollY))), SETTLED_MS);
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener("scroll", onScroll);
    };
  }, []);
}
