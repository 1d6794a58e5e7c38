import { useEffect, useState } from "preact/hooks";

/** Line colours in the order of the GPUs. Red is left to problems; orange is too dark in the dark theme. */
const CHART_COLOURS = ["blue", "green", "yellow", "purple", "foreground"] as const;

/** A GPU's line: its colour, and dashes once the colours begin again. */
export interface LineStyle {
  readonly className: string;
  readonly variable: string;
  readonly dash: number[];
}

export function lineStyle(gpu: number): LineStyle {
  const round = Math.floor(gpu / CHART_COLOURS.length);
  const colour = CHART_COLOURS[gpu % CHART_COLOURS.length] ?? "foreground";
  return {
    className: `line-${colour}${round % 2 === 1 ? " dashed" : ""}`,
    variable: `--vscode-charts-${colour}`,
    dash: round === 0 ? [] : [4, 2 + 2 * round],
  };
}

/** The value of a theme variable at this moment, for drawing on a canvas. */
export function themeColour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim() || getComputedStyle(document.body).color;
}

/** A number that changes with the theme: VS Code exchanges the body's class and the variables on the root. */
export function useThemeVersion(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const observer = new MutationObserver(() => setVersion((before) => before + 1));
    observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    return () => observer.disconnect();
  }, []);
  return version;
}
