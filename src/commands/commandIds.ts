/** The tree's id in package.json. */
export const VIEW_ID = "gpuDev.environments";

/** Every command of package.json; the command table has a handler for each, or does not compile. */
export const COMMAND_IDS = [
  "gpuDev.addSshHost",
  "gpuDev.chooseAwsAccounts",
  "gpuDev.chooseHosts",
  "gpuDev.connectInCurrentWindow",
  "gpuDev.connectInNewWindow",
  "gpuDev.copyDiagnostics",
  "gpuDev.copySshCommand",
  "gpuDev.delete",
  "gpuDev.discardUnfinished",
  "gpuDev.finishUnfinished",
  "gpuDev.hibernate",
  "gpuDev.hideHost",
  "gpuDev.openTerminal",
  "gpuDev.pause",
  "gpuDev.pinToStatusBar",
  "gpuDev.power",
  "gpuDev.provision",
  "gpuDev.reconnect",
  "gpuDev.refresh",
  "gpuDev.removeSshInclude",
  "gpuDev.restart",
  "gpuDev.resume",
  "gpuDev.showFleetHealth",
  "gpuDev.showGpuHealth",
  "gpuDev.showLog",
  "gpuDev.signIn",
  "gpuDev.stop",
  "gpuDev.trustChangedHostKey",
  "gpuDev.unpinFromStatusBar",
] as const;

export type CommandId = (typeof COMMAND_IDS)[number];
