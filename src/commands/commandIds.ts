/** The tree's id in package.json. */
export const VIEW_ID = "gpuDev.environments";

/** Every command of package.json; the command table has a handler for each, or does not compile. */
export const COMMAND_IDS = [
  "gpuDev.addSshHost",
  "gpuDev.chooseHosts",
  "gpuDev.connectInCurrentWindow",
  "gpuDev.connectInNewWindow",
  "gpuDev.copyDiagnostics",
  "gpuDev.copySshCommand",
  "gpuDev.hideHost",
  "gpuDev.openTerminal",
  "gpuDev.pinToStatusBar",
  "gpuDev.reconnect",
  "gpuDev.refresh",
  "gpuDev.removeSshInclude",
  "gpuDev.showFleetHealth",
  "gpuDev.showGpuHealth",
  "gpuDev.showLog",
  "gpuDev.trustChangedHostKey",
  "gpuDev.unpinFromStatusBar",
] as const;

export type CommandId = (typeof COMMAND_IDS)[number];
