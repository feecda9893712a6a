/**
 * With which code the program ends. 74 and 78 are those of sysexits.h; a supervisor should start it again after
 * anything but 2 and 78, which only a person can put right (systemd: `RestartPreventExitStatus=2 78`).
 */
export const ExitCode = {
  /** Ended as it was asked to. */
  ok: 0,
  /** The data folder or a port is in use, a drain took too long, or an error that nobody foresaw. */
  failed: 1,
  /** An unknown command or option; nothing was done. */
  usage: 2,
  /** EX_IOERR: the disk is full, cannot be written, or a database is damaged. */
  storage: 74,
  /** EX_CONFIG: the environment, the key or the manifest is wrong; nothing was started. */
  configuration: 78,
} as const;
