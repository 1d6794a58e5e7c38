/** The variables VS Code gives a webview, with the values of its four built-in themes: only those the pages use. */
export interface Theme {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

const DARK: Theme["variables"] = {
  foreground: "#cccccc",
  descriptionForeground: "#9d9d9d",
  focusBorder: "#0078d4",
  "editor-background": "#1f1f1f",
  "panel-border": "#2b2b2b",
  "widget-border": "#313131",
  "textLink-foreground": "#4daafc",
  "button-foreground": "#ffffff",
  "button-background": "#0078d4",
  "button-hoverBackground": "#026ec1",
  "button-secondaryForeground": "#cccccc",
  "button-secondaryBackground": "#313131",
  "button-secondaryHoverBackground": "#3c3c3c",
  "input-background": "#313131",
  "input-foreground": "#cccccc",
  "input-border": "#3c3c3c",
  "input-placeholderForeground": "#989898",
  "badge-background": "#616161",
  "badge-foreground": "#f8f8f8",
  "list-hoverBackground": "#2a2d2e",
  "editorHoverWidget-background": "#202020",
  "editorHoverWidget-foreground": "#cccccc",
  "editorHoverWidget-border": "#454545",
  "editorError-foreground": "#f14c4c",
  "editorWarning-foreground": "#cca700",
  "editorInfo-foreground": "#3794ff",
  "charts-foreground": "#cccccc",
  "charts-lines": "rgba(204, 204, 204, 0.5)",
  "charts-red": "#f14c4c",
  "charts-blue": "#3794ff",
  "charts-yellow": "#cca700",
  "charts-orange": "#d18616",
  "charts-green": "#89d185",
  "charts-purple": "#b180d7",
};

const LIGHT: Theme["variables"] = {
  ...DARK,
  foreground: "#3b3b3b",
  descriptionForeground: "#3b3b3b",
  focusBorder: "#005fb8",
  "editor-background": "#ffffff",
  "panel-border": "#e5e5e5",
  "widget-border": "#e5e5e5",
  "textLink-foreground": "#005fb8",
  "button-background": "#005fb8",
  "button-hoverBackground": "#0258a8",
  "button-secondaryForeground": "#3b3b3b",
  "button-secondaryBackground": "#e5e5e5",
  "button-secondaryHoverBackground": "#cccccc",
  "input-background": "#ffffff",
  "input-foreground": "#3b3b3b",
  "input-border": "#cecece",
  "input-placeholderForeground": "#767676",
  "badge-background": "#cccccc",
  "badge-foreground": "#3b3b3b",
  "list-hoverBackground": "#f2f2f2",
  "editorHoverWidget-background": "#f8f8f8",
  "editorHoverWidget-foreground": "#3b3b3b",
  "editorHoverWidget-border": "#c8c8c8",
  "editorError-foreground": "#e51400",
  "editorWarning-foreground": "#bf8803",
  "editorInfo-foreground": "#1a85ff",
  "charts-foreground": "#3b3b3b",
  "charts-lines": "rgba(59, 59, 59, 0.5)",
  "charts-red": "#e51400",
  "charts-blue": "#1a85ff",
  "charts-yellow": "#bf8803",
  "charts-green": "#388a34",
  "charts-purple": "#652d90",
};

/** High contrast themes have borders in place of backgrounds, and leave some colours out. */
function highContrast(colours: Theme["variables"], edge: string, active: string): Theme["variables"] {
  const hidden = /^(list-hoverBackground|widget-border|button-secondaryBackground|button-secondaryHoverBackground)$/;
  const kept = Object.entries(colours).filter(([name]) => !hidden.test(name));
  return { ...Object.fromEntries(kept), contrastBorder: edge, contrastActiveBorder: active, "button-border": edge };
}

const HIGH_CONTRAST_DARK = highContrast(
  {
    ...DARK,
    foreground: "#ffffff",
    descriptionForeground: "rgba(255, 255, 255, 0.7)",
    focusBorder: "#f38518",
    "editor-background": "#000000",
    "panel-border": "#6fc3df",
    "textLink-foreground": "#21a6ff",
    "button-background": "#000000",
    "button-secondaryForeground": "#ffffff",
    "input-background": "#000000",
    "input-foreground": "#ffffff",
    "input-border": "#6fc3df",
    "input-placeholderForeground": "rgba(255, 255, 255, 0.7)",
    "badge-background": "#000000",
    "badge-foreground": "#ffffff",
    "editorHoverWidget-background": "#0c141f",
    "editorHoverWidget-foreground": "#ffffff",
    "editorHoverWidget-border": "#6fc3df",
    "editorWarning-foreground": "#ffd370",
    "charts-foreground": "#ffffff",
    "charts-lines": "rgba(255, 255, 255, 0.5)",
    "charts-yellow": "#ffd370",
  },
  "#6fc3df",
  "#f38518",
);

const HIGH_CONTRAST_LIGHT = highContrast(
  {
    ...LIGHT,
    foreground: "#292929",
    descriptionForeground: "rgba(41, 41, 41, 0.7)",
    focusBorder: "#006bbd",
    "panel-border": "#0f4a85",
    "textLink-foreground": "#0f4a85",
    "button-background": "#0f4a85",
    "button-secondaryForeground": "#292929",
    "input-border": "#0f4a85",
    "input-placeholderForeground": "rgba(41, 41, 41, 0.7)",
    "badge-background": "#0f4a85",
    "badge-foreground": "#ffffff",
    "editorHoverWidget-background": "#ffffff",
    "editorHoverWidget-foreground": "#292929",
    "editorHoverWidget-border": "#0f4a85",
    "editorError-foreground": "#b5200d",
    "editorWarning-foreground": "#895503",
    "charts-foreground": "#292929",
    "charts-green": "#374e06",
  },
  "#0f4a85",
  "#006bbd",
);

export const THEMES = {
  dark: { bodyClass: "vscode-dark", variables: DARK },
  light: { bodyClass: "vscode-light", variables: LIGHT },
  "hc-dark": { bodyClass: "vscode-high-contrast", variables: HIGH_CONTRAST_DARK },
  "hc-light": { bodyClass: "vscode-high-contrast vscode-high-contrast-light", variables: HIGH_CONTRAST_LIGHT },
} satisfies Record<string, Theme>;

export type ThemeName = keyof typeof THEMES;

/** As VS Code writes them: custom properties on the root element. */
export function themeStyle(theme: Theme): string {
  const font = '--vscode-font-family: system-ui, "Ubuntu", "DejaVu Sans", sans-serif; --vscode-font-size: 13px;';
  const colours = Object.entries(theme.variables).map(([name, value]) => `--vscode-${name}: ${value};`);
  return `:root { ${font} ${colours.join(" ")} }`;
}
