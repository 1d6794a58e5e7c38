// What a new machine does at its first start. The text is constant but for a number of hours.

export interface FirstStart {
  /** After how many hours of running it switches itself off: a whole number. Absent: never. */
  readonly maxHours?: number;
  /** Installs the driver where the image has none. */
  readonly nvidiaDriver: boolean;
  /** Installs what writes the memory to the disk. */
  readonly hibernation: boolean;
}

/** A script for cloud-init, which runs it once, as root. */
export function userDataScript({ maxHours, nvidiaDriver, hibernation }: FirstStart): string {
  return [
    HEAD,
    // First, so that a machine whose driver cannot be installed does not run for ever.
    ...(maxHours === undefined ? [] : [maxHoursGuard(maxHours)]),
    ...(hibernation ? [HIBERNATION_AGENT] : []),
    ...(nvidiaDriver ? [NVIDIA_DRIVER] : []),
  ].join("\n");
}

const HEAD = `#!/bin/bash
set -u
exec >>/var/log/gpu-dev-setup.log 2>&1
export DEBIAN_FRONTEND=noninteractive
export LC_ALL=C
`;

/** Counts from each start, also after a stop; needs nobody who is connected, and no editor. */
function maxHoursGuard(hours: number): string {
  if (!Number.isSafeInteger(hours) || hours < 1) throw new RangeError(`Not a number of hours: ${hours}`);
  return `cat >/etc/systemd/system/gpu-dev-max-hours.service <<'UNIT'
[Unit]
Description=Switch this machine off after its hours

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl poweroff
UNIT
cat >/etc/systemd/system/gpu-dev-max-hours.timer <<'UNIT'
[Unit]
Description=The hours this machine may run after a start

[Timer]
OnBootSec=${hours}h
AccuracySec=1min

[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable --now gpu-dev-max-hours.timer
`;
}

const HIBERNATION_AGENT = `apt-get update && apt-get install -y ec2-hibinit-agent
systemctl enable --now hibinit-agent.service
`;

/** The package sources of a new machine are not always ready at its first breath, hence the attempts. */
const NVIDIA_DRIVER = `if ! command -v nvidia-smi >/dev/null; then
  for attempt in 1 2 3 4 5; do
    apt-get update && apt-get install -y ubuntu-drivers-common && break
    sleep 15
  done
  ubuntu-drivers install --gpgpu
  series=$(dpkg-query -W -f '\${Package} \${Status}\\n' 'nvidia-headless-no-dkms-*' 2>/dev/null |
    sed -n 's/^nvidia-headless-no-dkms-\\([0-9a-z-]*\\) install ok installed$/\\1/p' | tail -n 1)
  if [ -n "$series" ]; then
    apt-get install -y "nvidia-utils-\${series%-open}"
  fi
  modprobe nvidia || systemctl reboot
fi
`;
