/** What the client process of the 500 hosts is to do. */
export interface WatchOrder {
  /** watch: with the extension's health service. bare: ssh2 alone, one streaming exec per host. */
  readonly mode: "watch" | "bare";
  readonly directory: string;
  readonly configFile: string;
  readonly hosts: readonly { readonly alias: string; readonly address: string }[];
  readonly port: number;
  readonly user: string;
  readonly userKeyFile: string;
  /** How long to measure once every host is live. */
  readonly seconds: number;
}

/** Of the client process alone, while every host was live. */
export interface WatchReport {
  readonly cpuPercent: number;
  /** Resident, at its highest. */
  readonly memoryMB: number;
  readonly readings: number;
  /** From the moment a reading was due until the client had it. */
  readonly latestMs: number;
  readonly medianMs: number;
}
