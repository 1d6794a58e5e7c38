import { parseHostMessage, type HostMessage, type WebviewMessage } from "../panels/protocol.ts";

/** What VS Code gives every webview page: https://code.visualstudio.com/api/extension-guides/webview */
interface VsCodeApi {
  postMessage(message: WebviewMessage): void;
  getState(): unknown;
  setState(state: object): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension, seen from the page. */
export interface Host {
  post(message: WebviewMessage): void;
  readonly savedState: unknown;
  save(state: object): void;
}

/** May be called once in the life of a page. Messages that do not fit the protocol are dropped. */
export function connect(receive: (message: HostMessage) => void): Host {
  const api = acquireVsCodeApi();
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const message = parseHostMessage(data);
    if (message) receive(message);
  });
  return {
    post: (message) => api.postMessage(message),
    savedState: api.getState(),
    save: (state) => api.setState(state),
  };
}
