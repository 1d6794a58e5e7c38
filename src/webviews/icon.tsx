import type { JSX } from "preact";

/** Drawn here so that a page loads nothing but its script and style. 16 × 16, the colour of the text around. */
const PATHS = {
  critical: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm2.9 9L10 10.9 8 8.9l-2 2-.9-.9 2-2-2-2 .9-.9 2 2 2-2 .9.9-2 2 2 2Z",
  warning: "M8 1.5 15.2 14H.8L8 1.5ZM7.3 6v4h1.4V6H7.3Zm0 5v1.4h1.4V11H7.3Z",
  information: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm.7 10.5H7.3v-5h1.4v5Zm0-6H7.3V4h1.4v1.5Z",
  passed: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM7 11.2 3.9 8.1l1-1L7 9.2l4.1-4.1 1 1L7 11.2Z",
  up: "M8 4 3 9l1 1 4-4 4 4 1-1-5-5Z",
  down: "M8 12 3 7l1-1 4 4 4-4 1 1-5 5Z",
  previous: "M10 3 5 8l5 5 1-1-4-4 4-4-1-1Z",
  next: "m6 3 5 5-5 5-1-1 4-4-4-4 1-1Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path fill="currentColor" fill-rule="evenodd" d={PATHS[name]} />
    </svg>
  );
}
