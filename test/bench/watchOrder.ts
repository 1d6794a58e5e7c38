/** What the client of the 500 hosts is to do. */
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
  /** Where the extension host is to run, so that it shares no core with the hosts. */
  readonly core: string | undefined;
}

/** Where the probe finds it. */
export interface WatchTask {
  /** A file with `watchHosts`. */
  readonly client: string;
  readonly order: WatchOrder;
}

/** Of the whole extension host, while every host was live. */
export interface WatchReport {
  readonly cpuPercent: number;
  /** Resident, at its highest, without what the extension host had before. */
  readonly memoryMB: number;
  readonly memoryBeforeMB: number;
  readonly readings: number;
  /** From the moment a reading was due until the client had it. */
  readonly latestMs: number;
  readonly medianMs: number;
}
