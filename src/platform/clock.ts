/** Time as a dependency, so that tests can set it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds since some moment: only differences mean anything, and setting the system's clock changes none. */
export type Elapsed = () => number;

export const monotonic: Elapsed = () => performance.now();
